/**
 * Between transports and core: a transport copies the handshake, asks `admit`, opens the socket and hands it over as a
 * `Connection`; core answers with a `Receiver`. Policy and timers are core's alone.
 */

export interface Acceptor {
  /** Largest message a client may send; the transport enforces it while reading. */
  readonly maxFrameBytes: number;
  /** Silence after which core ends a session; for transports that look after sockets which core has let go of. */
  readonly deadAfterMs: number;
  /**
   * Decides about an upgrade or a stream: at once, unless a hook of the host is asked. Who is `oneWay` is let in when others
   * have been who came before, and is to be accepted then and there. Never throws, never rejects.
   */
  admit(handshake: Handshake): Admission | Promise<Admission>;
  /** Takes over an opened socket. */
  accept(connection: Connection, admitted: Admitted): Receiver;
}

/** A copy of what the client sent: nothing in it belongs to a request that may be gone. */
export interface Handshake {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Lower-case names; values as they came, several joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  readonly remoteAddress: string;
  /** Whether the socket is TLS. */
  readonly secure: boolean;
  /** Subprotocols offered, in order. */
  readonly protocols: readonly string[];
  /**
   * Whether the client can say nothing after this, and is read a refusal only as an HTTP answer: what it may not do, or not
   * yet, is then refused instead of being told on an opened socket. Default false.
   */
  readonly oneWay?: boolean;
}

export type Admission = Admitted | Refused;

export interface Admitted {
  readonly accepted: true;
  /** The subprotocol to answer; empty when the client offered none. */
  readonly protocol: string;
  /** Opaque to transports. */
  readonly ticket: object;
}

/** An answer given instead of the upgrade. */
export interface Refused {
  readonly accepted: false;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON: `{ code, name }`. */
  readonly body: string;
}

export interface Connection {
  /** Bytes accepted by `send` that the process still holds. */
  readonly bufferedBytes: number;
  /** Whether nothing comes back by it, no pong either: what it holds is then all that counts as in flight. Default false. */
  readonly oneWay?: boolean;
  /** All of it in order and in one write, or nothing: false when not accepted. Never throws, never calls the receiver. */
  send(packet: Packet): boolean;
  /** For when there is nothing to send it with. */
  ping(payload: Uint8Array): void;
  close(code: number, reason: string): void;
  /** Ends at once, without a closing handshake. */
  terminate(): void;
}

export interface Receiver {
  message(data: string | Uint8Array): void;
  pong(payload: Uint8Array): void;
  /** The process held much of what was sent, and can take more. */
  drained(): void;
  /** Called once, whoever closed. */
  closed(code: number, reason: string): void;
}

/** How one transport writes something; what it built is kept under the key. */
export interface Form<S, T> {
  readonly key: symbol;
  build(source: S): T;
}

export type FrameForm<T> = Form<EncodedFrame, T>;

/** Something that transports write, each in its own form, built at first use and kept. */
abstract class Formed {
  #key: symbol | undefined;
  #form: unknown;
  #others: Map<symbol, unknown> | undefined;

  form<T>({ key, build }: Form<this, T>): T {
    // There is one transport as a rule, and it asks for each session.
    this.#key ??= key;
    if (this.#key !== key) return this.#otherForm(key, build);
    this.#form ??= build(this);
    // The key belongs to one Form<this, T>, which alone writes under it.
    return this.#form as T;
  }

  #otherForm<T>(key: symbol, build: (source: this) => T): T {
    this.#others ??= new Map();
    if (!this.#others.has(key)) this.#others.set(key, build(this));
    return this.#others.get(key) as T;
  }
}

/** What goes out in one write: messages, and maybe a ping behind them. */
export class Packet extends Formed {
  readonly frames: readonly EncodedFrame[];
  /** Payload of the ping. */
  readonly ping: Uint8Array | undefined;
  /** Whether several sessions get this very packet, so that one piece made of its parts is worth the copy. */
  readonly isShared: boolean;
  /** Up to where a client of a single view has everything once it has read this; absent where that is not known. */
  readonly position: string | undefined;

  constructor(frames: readonly EncodedFrame[], ping?: Uint8Array, isShared = false, position?: string) {
    super();
    this.frames = frames;
    this.ping = ping;
    this.isShared = isShared;
    this.position = position;
  }
}

/** Left free ahead of a message, so that a transport can put its header there: WebSocket's takes 10 bytes at most. */
export const headRoomBytes = 10;

/** A message encoded once and shared by everybody who gets it. */
export class EncodedFrame extends Formed {
  readonly binary: boolean;
  /** How many bytes it has. */
  readonly length: number;
  /** What holds the message, and maybe others. */
  readonly #buffer: Buffer;
  readonly #at: number;
  #bytes: Buffer | undefined;
  /** Whose header stands ahead of the message. */
  #roomKey: symbol | undefined;

  /** A message that begins at a place of a buffer. What is before is free where it is room enough for a header. */
  constructor(buffer: Buffer, binary: boolean, at = 0, length = buffer.length - at) {
    super();
    this.binary = binary;
    this.length = length;
    this.#buffer = buffer;
    this.#at = at;
  }

  /** A text with room for a header. `isKept`: longer than it takes to send it, so that it must not hold a pool's slab. */
  static text(text: string, isKept = true): EncodedFrame {
    const size = headRoomBytes + Buffer.byteLength(text);
    const buffer = isKept ? Buffer.allocUnsafeSlow(size) : Buffer.allocUnsafe(size);
    buffer.write(text, headRoomBytes);
    return new EncodedFrame(buffer, false, headRoomBytes);
  }

  /** A copy of bytes, with room for a header. */
  static binary(bytes: Uint8Array): EncodedFrame {
    const buffer = Buffer.allocUnsafeSlow(headRoomBytes + bytes.length);
    buffer.set(bytes, headRoomBytes);
    return new EncodedFrame(buffer, true, headRoomBytes);
  }

  get bytes(): Uint8Array {
    // Not made before: whoever writes it with its room never asks for it.
    this.#bytes ??= this.#buffer.subarray(this.#at, this.#at + this.length);
    return this.#bytes;
  }

  /**
   * `bytes` with so many free ones ahead of them, in one buffer: for the first key that asks, as there is room for one header.
   * It is made anew each time: kept, it would be more than half of what a frame takes in a log.
   */
  withRoom(key: symbol, headerBytes: number): Buffer | undefined {
    this.#roomKey ??= key;
    if (this.#roomKey !== key || headerBytes > headRoomBytes || headerBytes > this.#at) return undefined;
    return this.#buffer.subarray(this.#at - headerBytes, this.#at + this.length);
  }
}
