import type { Duplex } from "node:stream";
import type { Connection, Packet, Receiver } from "@metricast/core";
import { type RawData, WebSocket } from "ws";
import { wsPacket, wsPieces } from "./frame.js";

/** Above this much unsent data a socket takes no more; core stops far below. */
const maxBufferedBytes = 16 * 1024 * 1024;

/**
 * A socket as `ws` makes it, which knows whose it is: its listeners are the same functions for all, as closures of their
 * own would be much of what an idle client costs.
 */
export class WsSocket extends WebSocket {
  connection: WsConnection | undefined;
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
    // ws closes with the right code by itself; without a listener its error would be thrown into the host.
    ws.on("error", ignore);
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  /** From here on the receiver is told what happens. */
  start(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#ws.on("message", onMessage).on("pong", onPong).on("close", onClose);
  }

  send(packet: Packet): boolean {
    const socket = this.#socket;
    if (this.#ws.readyState !== WebSocket.OPEN || !socket.writable) return false;
    if (socket.writableLength >= maxBufferedBytes) return false;
    if (packet.isShared || isOneMessage(packet)) socket.write(packet.form(wsPacket));
    else writeTogether(socket, wsPieces(packet));
    if (socket.writableLength > 0 && socket.writableNeedDrain) this.#awaitDrain();
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

  /** A throw from here would be an uncaught exception of the host's process. */
  tell(what: (receiver: Receiver) => void): void {
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
      this.tell((receiver) => receiver.drained());
    });
  }
}

function isOneMessage({ frames, ping }: Packet): boolean {
  return frames.length === 1 && ping === undefined;
}

function writeTogether(socket: Duplex, pieces: readonly Buffer[]): void {
  socket.cork();
  for (const piece of pieces) socket.write(piece);
  socket.uncork();
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  connectionOf(this)?.tell((receiver) => receiver.message(content(data, isBinary)));
}

function onPong(this: WebSocket, payload: Buffer): void {
  connectionOf(this)?.tell((receiver) => receiver.pong(payload));
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  connectionOf(this)?.tell((receiver) => receiver.closed(code, reason.toString()));
}

function connectionOf(ws: WebSocket): WsConnection | undefined {
  return ws instanceof WsSocket ? ws.connection : undefined;
}

function content(data: RawData, isBinary: boolean): string | Uint8Array {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
  return isBinary ? bytes : bytes.toString();
}

function ignore(): void {}
