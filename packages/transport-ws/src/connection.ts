import type { Duplex } from "node:stream";
import type { Connection, Packet, Receiver } from "@metricast/core";
import { WebSocket } from "ws";
import { isOneMessage, wsPacket, wsPieces } from "./frame.js";

/** Above this much unsent data a socket takes no more; core stops far below. */
const maxBufferedBytes = 16 * 1024 * 1024;

/**
 * A socket as `ws` makes it, which hands what happens to its connection and has no listeners: a table of them for each
 * client would be a good part of what an idle one costs.
 */
export class WsSocket extends WebSocket {
  connection: WsConnection | undefined;

  override emit(event: string | symbol, ...args: readonly unknown[]): boolean {
    this.connection?.hear(event, args);
    // An `error` that nobody heard would be thrown into the host; ws closes with the right code by itself.
    return true;
  }
}

/** One client's socket. Frames go to it directly: without compression ws, too, writes whole frames, so the two mix. */
export class WsConnection implements Connection {
  readonly #ws: WsSocket;
  readonly #socket: Duplex;
  #receiver: Receiver | undefined;
  #awaitsDrain = false;

  constructor(ws: WsSocket, socket: Duplex) {
    this.#ws = ws;
    this.#socket = socket;
    ws.connection = this;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  /** From here on the receiver is told what happens. */
  start(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** An event of the socket. */
  hear(event: string | symbol, [first, second]: readonly unknown[]): void {
    if (event === "message") this.#tell((receiver) => receiver.message(contentOf(first, second === true)));
    else if (event === "pong" && first instanceof Uint8Array) this.#tell((receiver) => receiver.pong(first));
    else if (event === "close") this.#tell((receiver) => receiver.closed(Number(first), String(second)));
  }

  send(packet: Packet): boolean {
    if (this.#ws.readyState !== WebSocket.OPEN || this.#isFull) return false;
    const socket = this.#socket;
    const isFlowing =
      packet.isShared || isOneMessage(packet)
        ? socket.write(packet.form(wsPacket))
        : writeTogether(socket, wsPieces(packet));
    // A large write says no also where the kernel took all of it.
    if (!isFlowing && socket.writableLength > 0) this.#awaitDrain();
    return true;
  }

  ping(payload: Uint8Array): void {
    // A control frame carries 125 bytes at most; ws would throw.
    if (this.#ws.readyState === WebSocket.OPEN && payload.length <= 125) this.#ws.ping(payload, false);
  }

  close(code: number, reason: string): void {
    try {
      this.#ws.close(code, reason);
    } catch {
      // A code or a reason that may not be sent: the socket still has to go.
      this.#ws.terminate();
    }
  }

  terminate(): void {
    this.#ws.terminate();
  }

  /** Below the socket's own mark nothing has to be looked up. */
  get #isFull(): boolean {
    return this.#awaitsDrain && this.#socket.writableLength >= maxBufferedBytes;
  }

  /** A throw from here would be an uncaught exception of the host's process. */
  #tell(what: (receiver: Receiver) => void): void {
    try {
      if (this.#receiver) what(this.#receiver);
    } catch {
      this.close(1011, "internal error");
    }
  }

  /** Of a client that reads, the socket says after each large write that it can take more: nobody waits for that. */
  #awaitDrain(): void {
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    this.#socket.once("drain", () => {
      this.#awaitsDrain = false;
      this.#tell((receiver) => receiver.drained());
    });
  }
}

/** Whether the socket takes more at once. */
function writeTogether(socket: Duplex, pieces: readonly Buffer[]): boolean {
  socket.cork();
  for (const piece of pieces) socket.write(piece);
  socket.uncork();
  return !socket.writableNeedDrain;
}

/** Of a message: ws gives its bytes in one buffer, also where they are text. */
function contentOf(data: unknown, isBinary: boolean): string | Uint8Array {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array();
  return isBinary ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
