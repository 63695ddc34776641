import type { Duplex } from "node:stream";
import type { Connection, EncodedFrame, Handshake, Receiver } from "@metricast/core";
import { type RawData, WebSocket } from "ws";
import { wsForm } from "./frame.js";

/** Above this much unsent data a socket takes no more; core stops far below. */
const maxBufferedBytes = 16 * 1024 * 1024;

/** One client's socket. Frames go to it directly: without compression ws, too, writes whole frames, so the two mix. */
export class WsConnection implements Connection {
  readonly handshake: Handshake;
  readonly #ws: WebSocket;
  readonly #socket: Duplex;

  constructor(ws: WebSocket, socket: Duplex, handshake: Handshake) {
    this.handshake = handshake;
    this.#ws = ws;
    this.#socket = socket;
    // ws closes with the right code by itself; without a listener its error would be thrown into the host.
    ws.on("error", ignore);
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  /** From here on the receiver is told what happens. */
  start(receiver: Receiver): void {
    this.#ws.on("message", (data, isBinary) => this.#tell(() => receiver.message(content(data, isBinary))));
    this.#ws.on("pong", (payload) => this.#tell(() => receiver.pong(payload)));
    this.#ws.on("close", (code, reason) => this.#tell(() => receiver.closed(code, reason.toString())));
    this.#socket.on("drain", () => this.#tell(() => receiver.drained()));
  }

  send(frames: readonly EncodedFrame[]): boolean {
    const socket = this.#socket;
    if (this.#ws.readyState !== WebSocket.OPEN || !socket.writable) return false;
    if (socket.writableLength >= maxBufferedBytes) return false;
    // Corking costs more than a write: it pays only where it joins several.
    const several = frames.length > 1;
    if (several) socket.cork();
    for (const frame of frames) socket.write(frame.form(wsForm));
    if (several) socket.uncork();
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
  #tell(run: () => void): void {
    try {
      run();
    } catch {
      this.close(1011, "internal error");
    }
  }
}

function content(data: RawData, isBinary: boolean): string | Uint8Array {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
  return isBinary ? bytes : bytes.toString();
}

function ignore(): void {}
