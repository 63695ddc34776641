import type { Store, StoredBatch, StorePeer, StoreStatus } from "@metricast/core";
import { FaultProxy } from "../fault-proxy.js";
import { Ledger, type LedgerReader, type Verdict } from "../ledger.js";
import { until } from "../until.js";

/** One instance: its store behind a proxy of its own, and what it got of the others. */
export interface ReplicationSide {
  readonly name: string;
  readonly store: Store;
  readonly proxy: FaultProxy;
  readonly peer: StorePeer;
  readonly got: StoredBatch[];
  readonly statuses: StoreStatus[];
}

/** Instances on one server: what the first appends is numbered, and the others keep the books. */
export class ReplicationStage {
  readonly ledger = new Ledger();
  /** Whether a batch whose `prev` is not the one before is a declared hole; without, a reader trusts the order alone. */
  declares = true;
  readonly #port: number;
  readonly #sides: ReplicationSide[] = [];
  #last: number | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** `make` gives the store for the port it is to connect to: one of a proxy of its own. */
  async open(name: string, make: (port: number) => Store): Promise<ReplicationSide> {
    const proxy = await FaultProxy.listen(this.#port);
    const reader = this.#sides.length === 0 ? undefined : this.ledger.reader(name);
    const side = sideOf(name, proxy, make(proxy.port), this, reader);
    this.#sides.push(side);
    await side.store.open(side.peer);
    return side;
  }

  /** The next numbered batch; the first is a keyframe, and one of a hundred. */
  append(side: ReplicationSide, size = 20): void {
    const tick = this.ledger.next();
    side.store.append(numbered(side.peer, tick, this.#last, size));
    this.#last = tick;
  }

  /** Appends at a steady pace for a time. */
  async appendFor(side: ReplicationSide, ms: number, everyMs = 5): Promise<void> {
    const endMs = performance.now() + ms;
    while (performance.now() < endMs) {
      this.append(side);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  /** Waits until a side has the newest batch; gives the milliseconds that took. */
  async level(side: ReplicationSide, deadlineMs = 5_000): Promise<number> {
    const startMs = performance.now();
    await until(
      () => side.got.at(-1)?.tick === this.ledger.last,
      deadlineMs,
      () => `${this.ledger.last}, got ${side.got.at(-1)?.tick}; ${JSON.stringify(side.store.status())}`,
    );
    return performance.now() - startMs;
  }

  async is(side: ReplicationSide, status: StoreStatus["status"], deadlineMs = 5_000): Promise<number> {
    const startMs = performance.now();
    await until(
      () => side.store.status().status === status,
      deadlineMs,
      () => JSON.stringify(side.store.status()),
    );
    return performance.now() - startMs;
  }

  verdict(): Omit<Verdict, "received"> {
    const { lost, duplicated, reordered, falseContinuity } = this.ledger.verdict();
    return { lost, duplicated, reordered, falseContinuity };
  }

  async stop(): Promise<void> {
    for (const { store, proxy } of this.#sides) {
      await store.close();
      await proxy.close();
    }
  }
}

/** What every ledger must come to. */
export const soundLedger = { lost: 0, duplicated: 0, reordered: 0, falseContinuity: 0 };

function numbered(
  { instance, epoch }: StorePeer,
  tick: number,
  prev: number | undefined,
  size: number,
): StoredBatch {
  const keyframe = prev === undefined || tick % 100 === 0;
  const bytes = Buffer.alloc(size, `${tick};`);
  const batch = { type: "batch", channel: "metrics", instance, epoch, tick, keyframe, bytes } as const;
  return prev === undefined ? batch : { ...batch, prev };
}

function sideOf(
  name: string,
  proxy: FaultProxy,
  store: Store,
  stage: { readonly declares: boolean },
  reader: LedgerReader | undefined,
): ReplicationSide {
  const got: StoredBatch[] = [];
  const statuses: StoreStatus[] = [];
  const peer: StorePeer = {
    service: "faults",
    instance: name,
    epoch: Buffer.from(name.padEnd(8, ".")).toString("hex"),
    onBatch(batch) {
      if (stage.declares && batch.prev !== got.at(-1)?.tick) reader?.discontinuity();
      got.push(batch);
      reader?.got(batch.tick);
    },
    onStatus: (status) => void statuses.push(status),
  };
  return { name, store, proxy, peer, got, statuses };
}
