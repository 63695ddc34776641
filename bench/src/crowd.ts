import { openPeer, until, WireClient, type WireView } from "@metricast/testkit";

/** A process of many clients, started by `thousand-clients.ts`: joins, and at the end says what each of them got. */
export interface CrowdOrder {
  readonly url: string;
  readonly token: string;
  readonly clients: number;
}

export interface CrowdVerdict {
  readonly clients: number;
  readonly frames: number;
  readonly bytes: number;
  /** Ticks that a client should have got and did not. */
  readonly lost: number;
  readonly duplicated: number;
  /** Breaks of the chain, blocks, changes of quality, closed sockets: all that is not plain live delivery. */
  readonly faults: readonly string[];
}

const opensAtOnce = 50;
const deliveryDeadlineMs = 15_000;

class Crowd {
  readonly #members: { readonly client: WireClient; readonly view: WireView }[] = [];

  async join({ url, token, clients }: CrowdOrder): Promise<void> {
    while (this.#members.length < clients) {
      const wave = Math.min(opensAtOnce, clients - this.#members.length);
      await Promise.all(Array.from({ length: wave }, () => this.#add(url, token)));
    }
  }

  /** `ticks`: all that were sampled, ascending; each client owes those from its first frame on. */
  async judge(ticks: readonly number[]): Promise<CrowdVerdict> {
    const last = ticks.at(-1) ?? 0;
    await until(() => this.#members.every(({ view }) => (view.tick ?? 0) >= last), deliveryDeadlineMs).catch(
      () => {},
    );
    const sum = { clients: this.#members.length, frames: 0, bytes: 0, lost: 0, duplicated: 0 };
    const faults: string[] = [];
    for (const { client, view } of this.#members) {
      const got = view.frames.map(({ tick }) => tick).filter((tick) => tick <= last);
      const seen = new Set(got);
      sum.frames += got.length;
      sum.bytes += client.peer.bytesRead;
      sum.duplicated += got.length - seen.size;
      sum.lost += ticks.filter((tick) => tick >= (got[0] ?? 0) && !seen.has(tick)).length;
      faults.push(...faultsOf(client, view));
    }
    return { ...sum, faults: faults.slice(0, 20) };
  }

  leave(): void {
    for (const { client } of this.#members) client.peer.destroy();
  }

  async #add(url: string, token: string): Promise<void> {
    const client = new WireClient(await openPeer(url));
    await client.ask({ type: "hello", version: 1, token });
    this.#members.push({ client, view: await client.watch() });
  }
}

function faultsOf({ peer }: WireClient, view: WireView): string[] {
  const keyframes = view.frames.filter(({ prev }) => prev === undefined).length;
  return [
    ...view.faults,
    ...(keyframes === 1 ? [] : [`${keyframes} keyframes`]),
    ...(view.blocks.length === 0 ? [] : [`${view.blocks.length} blocks`]),
    ...view.qualities.map(({ state }) => `quality ${state}`),
    ...(peer.closeCode === undefined ? [] : [`closed with ${peer.closeCode}`]),
  ];
}

const crowd = new Crowd();
process.on("message", (order: CrowdOrder | { readonly ticks: readonly number[] }) => {
  const done = "ticks" in order ? crowd.judge(order.ticks) : crowd.join(order);
  done.then(
    (verdict) => process.send?.({ verdict }),
    (cause: unknown) => process.send?.({ failed: String(cause) }),
  );
});
// The other process ended or let go: nothing of this one may stay behind.
process.on("disconnect", () => {
  crowd.leave();
  process.exit();
});
