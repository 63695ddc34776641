import type { Connection, Packet, Receiver } from "@metricast/core";
import { type UwsSocket, uwsSent } from "./uws.js";

/** Above this much unsent data a socket takes no more; core stops far below. */
const maxBufferedBytes = 4 * 1024 * 1024;

/**
 * Above it uWS drops what is sent: far enough above that a close code still gets through, and what bounds its own answers
 * to a flood of pings.
 */
export const maxBackpressure = 2 * maxBufferedBytes;

/** One client's socket. uWS makes the frames: it is given the bytes of a message, the same ones for everybody. */
export class UwsConnection implements Connection {
  /** While it may be touched. */
  #socket: UwsSocket<unknown> | undefined;
  #receiver: Receiver | undefined;
  /** Whether some of what was sent waits: as a rule nothing does, and each question to uWS costs. */
  #holds = false;

  get bufferedBytes(): number {
    return this.#holds ? (this.#socket?.getBufferedAmount() ?? 0) : 0;
  }

  /** From here on there is somebody to send to. */
  open(socket: UwsSocket<unknown>): void {
    this.#socket = socket;
  }

  /** From here on the receiver is told what happens. */
  start(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  send(packet: Packet): boolean {
    const socket = this.#socket;
    if (socket === undefined || (this.#holds && this.bufferedBytes >= maxBufferedBytes)) return false;
    const { frames, ping } = packet;
    const first = frames[0];
    if (first === undefined || frames.length > 1 || ping !== undefined)
      return this.#sendTogether(socket, packet);
    return this.#took(socket.send(first.bytes, first.binary));
  }

  ping(payload: Uint8Array): void {
    // A control frame carries 125 bytes at most.
    if (this.#socket !== undefined && payload.length <= 125) this.#took(this.#socket.ping(payload));
  }

  close(code: number, reason: string): void {
    const socket = this.#socket;
    if (this.#receiver !== undefined) {
      socket?.end(code, reason);
      return;
    }
    // While it opens a socket uWS would send the close frame, and forget to end the connection.
    this.#socket = undefined;
    void Promise.resolve().then(() => socket?.end(code, reason));
  }

  terminate(): void {
    this.#socket?.close();
  }

  message(data: ArrayBuffer, isBinary: boolean): void {
    const bytes = Buffer.from(data);
    this.#tell((receiver) => receiver.message(isBinary ? bytes : bytes.toString()));
  }

  pong(payload: ArrayBuffer): void {
    this.#tell((receiver) => receiver.pong(new Uint8Array(payload)));
  }

  drained(): void {
    this.#holds = this.bufferedBytes > 0;
    this.#tell((receiver) => receiver.drained());
  }

  /** Told in a turn of its own: uWS says so from inside `end` and `close`, even before there is a receiver. */
  closed(code: number, reason: string): void {
    this.#socket = undefined;
    void Promise.resolve().then(() => this.#tell((receiver) => receiver.closed(code, reason)));
  }

  #sendTogether(socket: UwsSocket<unknown>, { frames, ping }: Packet): boolean {
    let sent: number = uwsSent.done;
    socket.cork(() => {
      const isSent = frames.every(({ bytes, binary }) => {
        sent = socket.send(bytes, binary);
        return sent !== uwsSent.dropped;
      });
      if (isSent && ping !== undefined) sent = socket.ping(ping);
    });
    // Corked, everything counts as sent.
    if (sent !== uwsSent.dropped) sent = socket.getBufferedAmount() > 0 ? uwsSent.waits : uwsSent.done;
    return this.#took(sent);
  }

  #took(sent: number): boolean {
    this.#holds = sent !== uwsSent.done;
    if (sent !== uwsSent.dropped) return true;
    // What came after it would stand behind a gap that nobody knows of.
    this.terminate();
    return false;
  }

  /** A throw from here would be an uncaught exception of the host's process. */
  #tell(what: (receiver: Receiver) => void): void {
    try {
      if (this.#receiver) what(this.#receiver);
    } catch {
      this.close(1011, "internal error");
    }
  }
}
