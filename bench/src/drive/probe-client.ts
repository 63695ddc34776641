import { openPeer, until, WireView, type WsPeer } from "@metricast/testkit";
import { Decoder } from "../in-process/decoder.js";
import type { Subprotocol } from "./arm-spec.js";

const deadlineMs = 10_000;

/** One client among the many, which reads what it gets, of either subprotocol. */
export class ProbeClient {
  readonly peer: WsPeer;
  readonly #decoder = new Decoder();
  readonly #views = new Map<number, WireView>();
  #taken = 0;
  #lastFrame: Buffer = Buffer.alloc(0);

  static async open(url: string, protocol: Subprotocol): Promise<ProbeClient> {
    return new ProbeClient(await openPeer(url, { protocols: [protocol] }));
  }

  private constructor(peer: WsPeer) {
    this.peer = peer;
    peer.onMessage = () => this.#takeAll();
    this.#takeAll();
  }

  /** The payload of the frame that came last. */
  get lastFrame(): Buffer {
    return this.#lastFrame;
  }

  /** Resolves once every view has its keyframe. */
  async watch(selects: readonly (readonly string[])[]): Promise<WireView[]> {
    const items = selects.map((select) => ({ channel: "metrics", select }));
    this.peer.send(JSON.stringify({ type: "subscribe", id: 1, items }));
    const views = () => [...this.#views.values()];
    const areThere = () => views().filter(({ frames }) => frames.length > 0).length === selects.length;
    await until(areThere, deadlineMs, "a keyframe of each view");
    return views();
  }

  close(): void {
    this.peer.destroy();
  }

  #takeAll(): void {
    for (; this.#taken < this.peer.messages.length; this.#taken += 1) {
      const data = this.peer.messages[this.#taken];
      if (data !== undefined) this.#take(data);
    }
  }

  #take(data: string | Uint8Array): void {
    const message = this.#decoder.decode(data, typeof data !== "string");
    if (message === undefined) return;
    if (message.type === "subscribed") {
      for (const item of message.items) this.#views.set(item.view, new WireView(item));
    }
    if (message.type !== "frame") return;
    this.#lastFrame = Buffer.from(data);
    this.#views.get(message.view)?.take(message);
  }
}
