/**
 * Between transports and core: a transport copies the handshake, asks `admit`, opens the socket and hands it over as a
 * `Connection`; core answers with a `Receiver`. Policy and timers are core's alone.
 */

export interface Acceptor {
  /** Largest message a client may send; the transport enforces it while reading. */
  readonly maxFrameBytes: number;
  /** Decides about an upgrade or a stream; never rejects. */
  admit(handshake: Handshake): Promise<Admission>;
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

/** What goes out in one write: messages, and maybe a ping behind them. */
export class Packet {
  readonly frames: readonly EncodedFrame[];
  /** Payload of the ping. */
  readonly ping: Uint8Array | undefined;
  /** Whether several sessions get this very packet, so that one piece made of its parts is worth the copy. */
  readonly isShared: boolean;
  readonly #forms = new Forms<Packet>(this);

  constructor(frames: readonly EncodedFrame[], ping?: Uint8Array, isShared = false) {
    this.frames = frames;
    this.ping = ping;
    this.isShared = isShared;
  }

  /** The packet as one transport writes it, built at first use and kept. */
  form<T>(transport: Form<Packet, T>): T {
    return this.#forms.get(transport);
  }
}

/** Left free ahead of a message, so that a transport can put its header there: WebSocket's takes 10 bytes at most. */
const headRoomBytes = 10;

/** A message encoded once and shared by everybody who gets it. */
export class EncodedFrame {
  readonly bytes: Uint8Array;
  readonly binary: boolean;
  readonly #forms = new Forms<EncodedFrame>(this);
  #headRoom = 0;

  constructor(bytes: Uint8Array, binary: boolean) {
    this.bytes = bytes;
    this.binary = binary;
  }

  /** A text with room for a header. `isKept`: longer than it takes to send it, so that it must not hold a pool's slab. */
  static text(text: string, isKept = true): EncodedFrame {
    const size = headRoomBytes + Buffer.byteLength(text);
    const buffer = isKept ? Buffer.allocUnsafeSlow(size) : Buffer.allocUnsafe(size);
    buffer.write(text, headRoomBytes);
    return EncodedFrame.#behindRoom(buffer, false);
  }

  /** A copy of bytes, with room for a header. */
  static binary(bytes: Uint8Array): EncodedFrame {
    const buffer = Buffer.allocUnsafeSlow(headRoomBytes + bytes.length);
    buffer.set(bytes, headRoomBytes);
    return EncodedFrame.#behindRoom(buffer, true);
  }

  static #behindRoom(buffer: Buffer, binary: boolean): EncodedFrame {
    const frame = new EncodedFrame(buffer.subarray(headRoomBytes), binary);
    frame.#headRoom = headRoomBytes;
    return frame;
  }

  /** Free bytes ahead of `bytes` in its buffer, which are the caller's from here on: there is room for one header. */
  takeHeadRoom(): number {
    const room = this.#headRoom;
    this.#headRoom = 0;
    return room;
  }

  /** The frame as one transport writes it, built at first use and kept. */
  form<T>(transport: FrameForm<T>): T {
    return this.#forms.get(transport);
  }
}

/** How one transport writes something; what it built is kept under the key. */
export interface Form<S, T> {
  readonly key: symbol;
  build(source: S): T;
}

export type FrameForm<T> = Form<EncodedFrame, T>;

/** What transports made of something. There is one transport as a rule, and it asks for each session. */
class Forms<S> {
  readonly #source: S;
  #key: symbol | undefined;
  #form: unknown;
  #others: Map<symbol, unknown> | undefined;

  constructor(source: S) {
    this.#source = source;
  }

  get<T>({ key, build }: Form<S, T>): T {
    this.#key ??= key;
    // The key belongs to one Form<S, T>, which alone writes under it.
    if (this.#key === key) {
      this.#form ??= build(this.#source);
      return this.#form as T;
    }
    this.#others ??= new Map();
    if (!this.#others.has(key)) this.#others.set(key, build(this.#source));
    return this.#others.get(key) as T;
  }
}
