import type { Connection, EncodedFrame, HttpListener, HttpSink, Packet, Receiver } from "@metricast/core";
import type { ByeMessage, ServerMessage } from "@metricast/protocol";
import { comment, retryOf, ssePacket } from "./event-text.js";

/** Above this much unsent data a stream takes no more; core stops far below. */
const maxBufferedBytes = 16 * 1024 * 1024;

/** The one request of a session that can send nothing has this id. */
const requestId = 1;

/** What core answered to the request: its reply, or a goodbye instead. */
export type Reply = ServerMessage | ByeMessage;

/**
 * One client's session. It begins before there is a stream: what core says until it has answered the request decides what
 * the HTTP answer is, and goes ahead of all else on a stream.
 */
export class SseConnection implements Connection {
  readonly oneWay = true;
  /** Never rejects. */
  readonly reply: Promise<Reply>;
  #early: Packet[] | undefined = [];
  #sink: HttpSink | undefined;
  #receiver: Receiver | undefined;
  #end: { readonly code: number; readonly reason: string } | undefined;
  #isOver = false;
  #heard: (reply: Reply) => void = () => {};
  /** Of the server, as its welcome said. */
  serverTimeMs = 0;

  constructor() {
    this.reply = new Promise((resolve) => {
      this.#heard = resolve;
    });
  }

  get bufferedBytes(): number {
    return this.#sink?.bufferedBytes ?? sizeOf(this.#early ?? []);
  }

  /** From here on the receiver is told what happens; it asks for what the client wants. */
  start(receiver: Receiver, request: object): void {
    this.#receiver = receiver;
    this.#tell(() => receiver.message(JSON.stringify({ ...request, id: requestId })));
  }

  send(packet: Packet): boolean {
    if (this.#end || this.#isOver) return false;
    if (this.#early) {
      this.#early.push(packet);
      for (const frame of packet.frames) this.#read(frame);
      return true;
    }
    return this.bufferedBytes < maxBufferedBytes && this.#write(packet);
  }

  /** Nothing comes back; but a proxy that waits for a sign of life gets one. */
  ping(): void {
    if (!this.#end) this.#sink?.write(comment);
  }

  close(code: number, reason: string): void {
    this.#end ??= { code, reason };
    this.#sink?.end();
  }

  terminate(): void {
    this.#sink?.destroy();
    if (!this.#sink) this.leave();
  }

  /** What was said so far goes out, and everything else follows. */
  open(sink: HttpSink): HttpListener {
    this.#sink = sink;
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const packet of early) this.#write(packet);
    if (this.#end) sink.end();
    // A session that waits for what was held until now would wait for ever.
    else this.#tell((receiver) => receiver.drained());
    return { drained: () => this.#tell((receiver) => receiver.drained()), closed: () => this.leave() };
  }

  /** The session is over: its client is gone, or has its answer. Who has none yet is told so. */
  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#early = undefined;
    const { code, reason } = this.#end ?? { code: 1006, reason: "" };
    this.#heard({ type: "bye", code, reason });
    this.#tell((receiver) => receiver.closed(code, reason));
  }

  #write(packet: Packet): boolean {
    const retry = retryOf(packet);
    const bytes = packet.form(ssePacket);
    return this.#sink?.write(retry ? Buffer.concat([retry, bytes]) : bytes) ?? false;
  }

  /** A message of the time before the stream: all are text. */
  #read({ bytes }: EncodedFrame): void {
    const message: ServerMessage = JSON.parse(Buffer.from(bytes).toString());
    if (message.type === "welcome") this.serverTimeMs = message.serverTimeMs;
    if (message.type === "bye" || ("id" in message && message.id === requestId)) this.#heard(message);
  }

  /** A throw from here would be an uncaught exception of the host's process. */
  #tell(what: (receiver: Receiver) => void): void {
    try {
      if (this.#receiver) what(this.#receiver);
    } catch {
      this.terminate();
    }
  }
}

function sizeOf(packets: readonly Packet[]): number {
  return packets.reduce(
    (sum, { frames }) => sum + frames.reduce((size, { bytes }) => size + bytes.length, 0),
    0,
  );
}
