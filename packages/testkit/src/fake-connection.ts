import type { Acceptor, Connection, EncodedFrame, Handshake, Packet, Receiver } from "@metricast/core";

export interface FakeConnectionOptions {
  readonly handshake?: Partial<Handshake>;
  /**
   * Bytes held unread beyond which `send` is refused; where nothing is held one write of any size is taken, but with a
   * capacity of 0. Default: no bound.
   */
  readonly capacityBytes?: number;
  /** Of the bytes held, those that a kernel would hide from `bufferedBytes`. Default: all. */
  readonly hiddenBytes?: number;
}

type Held =
  | { readonly type: "frame"; readonly frame: EncodedFrame }
  | { readonly type: "ping"; readonly payload: Uint8Array }
  | { readonly type: "close"; readonly code: number; readonly reason: string };

/** A socket in memory, whose far end reads when it is told to: messages, pings and the close wait in order. */
export class FakeConnection implements Connection {
  /** Every frame that was accepted, as the very instance it was. */
  readonly sent: EncodedFrame[] = [];
  capacityBytes: number;
  hiddenBytes: number;
  /** Whether pings that are read are answered. */
  answersPings = true;
  /** Called with each message as it is read. */
  onMessage: (data: string | Uint8Array) => void = () => {};
  closedWith: { readonly code: number; readonly reason: string } | undefined;
  pings = 0;
  refusals = 0;
  #receiver: Receiver | undefined;
  #held: Held[] = [];
  #heldBytes = 0;
  #closing = false;
  #refused = false;

  constructor({
    capacityBytes = Infinity,
    hiddenBytes = Infinity,
  }: Omit<FakeConnectionOptions, "handshake"> = {}) {
    this.capacityBytes = capacityBytes;
    this.hiddenBytes = hiddenBytes;
  }

  /** Goes through admission. Rejects where that refuses. */
  static async open(acceptor: Acceptor, options?: FakeConnectionOptions): Promise<FakeConnection> {
    const connection = new FakeConnection(options);
    const admission = await acceptor.admit({ ...plainHandshake, ...options?.handshake });
    if (!admission.accepted) throw new Error(`refused with ${admission.status}`);
    connection.#receiver = acceptor.accept(connection, admission);
    return connection;
  }

  // --- the near end ---

  get bufferedBytes(): number {
    return Math.max(0, this.#heldBytes - this.hiddenBytes);
  }

  send({ frames, ping }: Packet): boolean {
    if (this.#closing || this.isClosed) return false;
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    const limit = this.#heldBytes === 0 && this.capacityBytes > 0 ? Infinity : this.capacityBytes;
    if (this.#heldBytes + bytes > limit) {
      this.#refused = true;
      this.refusals += 1;
      return false;
    }
    this.#heldBytes += bytes;
    this.sent.push(...frames);
    this.#held.push(...frames.map((frame) => ({ type: "frame", frame }) as const));
    if (ping) this.ping(ping);
    return true;
  }

  ping(payload: Uint8Array): void {
    if (this.#closing || this.isClosed) return;
    this.pings += 1;
    this.#held.push({ type: "ping", payload });
  }

  close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#held.push({ type: "close", code, reason });
  }

  /** Told to the receiver a turn later, as sockets do. */
  terminate(): void {
    this.#closing = true;
    queueMicrotask(() => this.drop());
  }

  // --- the far end ---

  get isClosed(): boolean {
    return this.closedWith !== undefined;
  }

  /** Bytes accepted and not read yet. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  write(data: string | Uint8Array): void {
    if (!this.isClosed) this.#receiver?.message(data);
  }

  /** Reads at most so many bytes, whole messages; a first one of any size. Answers the pings among them. */
  read(maxBytes = Infinity): void {
    let bytes = 0;
    for (let next = this.#held[0]; next && !this.isClosed; next = this.#held[0]) {
      const size = next.type === "frame" ? next.frame.length : 0;
      if (bytes > 0 && bytes + size > maxBytes) break;
      bytes += size;
      this.#held.shift();
      this.#heldBytes -= size;
      this.#take(next);
    }
    this.#tellDrained();
  }

  /** The line is cut: what was not read is lost. */
  drop(code = 1006): void {
    this.#end(code, "");
  }

  #take(held: Held): void {
    if (held.type === "frame") {
      const { bytes, binary } = held.frame;
      this.onMessage(binary ? bytes : Buffer.from(bytes).toString("utf8"));
    } else if (held.type === "ping") {
      if (this.answersPings) this.#receiver?.pong(held.payload);
    } else this.#end(held.code, held.reason);
  }

  #tellDrained(): void {
    if (!this.#refused || this.#closing || this.#heldBytes >= this.capacityBytes) return;
    this.#refused = false;
    this.#receiver?.drained();
  }

  #end(code: number, reason: string): void {
    if (this.isClosed) return;
    this.closedWith = { code, reason };
    this.#held = [];
    this.#heldBytes = 0;
    this.#receiver?.closed(code, reason);
  }
}

const plainHandshake: Handshake = {
  method: "GET",
  path: "/metricast/",
  query: "",
  headers: new Map(),
  remoteAddress: "192.0.2.1",
  secure: false,
  protocols: ["metricast.v1.json"],
};
