import { inflateRawSync } from "node:zlib";
import {
  BinaryFrameReader,
  binaryKinds,
  type FrameMessage,
  jsonOf,
  parseBinary,
  type ServerMessage,
  type SubscribedItem,
} from "@metricast/protocol";

/** Turns what a session is sent, of either subprotocol, into messages; knows the views that it was told of. */
export class Decoder {
  readonly #readers = new Map<number, BinaryFrameReader>();

  /** Undefined for a binary message that is no frame. */
  decode(data: Uint8Array | string, isBinary: boolean): ServerMessage | undefined {
    if (isBinary && typeof data !== "string") return this.#frame(data);
    const text = typeof data === "string" ? data : Buffer.from(data).toString();
    // What the server says is what is measured: a message of another shape shows in what it is compared with.
    const message = JSON.parse(text) as ServerMessage;
    if (message.type === "subscribed") for (const item of message.items) this.#watch(item);
    return message;
  }

  #watch({ view, stepTicks = 1 }: SubscribedItem): void {
    this.#readers.set(view, new BinaryFrameReader(stepTicks));
  }

  #frame(bytes: Uint8Array): FrameMessage | undefined {
    const message = parseBinary(bytes);
    if (message.kind === binaryKinds.block) return undefined;
    const reader = this.#readers.get(message.view);
    if (reader === undefined) throw new Error(`a frame of view ${message.view}, which is not known`);
    const { packed } = message;
    if (packed === undefined) return reader.read(message);
    const series = jsonOf(inflateRawSync(packed));
    if (!Array.isArray(series)) throw new Error("a dictionary that is no list");
    return reader.read({ ...message, head: { ...message.head, series } });
  }
}
