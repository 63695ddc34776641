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
  readonly handshake: Handshake;
  /** Bytes accepted by `send` that the process still holds. */
  readonly bufferedBytes: number;
  /** All in order, or nothing: false when not accepted. Never throws. */
  send(frames: readonly EncodedFrame[]): boolean;
  ping(payload: Uint8Array): void;
  close(code: number, reason: string): void;
  /** Ends at once, without a closing handshake. */
  terminate(): void;
}

export interface Receiver {
  message(data: string | Uint8Array): void;
  pong(payload: Uint8Array): void;
  /** The connection can take more. */
  drained(): void;
  /** Called once, whoever closed. */
  closed(code: number, reason: string): void;
}

/** A message encoded once and shared by everybody who gets it. */
export class EncodedFrame {
  readonly bytes: Uint8Array;
  readonly binary: boolean;
  readonly #forms = new Map<symbol, unknown>();

  constructor(bytes: Uint8Array, binary: boolean) {
    this.bytes = bytes;
    this.binary = binary;
  }

  /** The frame as one transport writes it, built at first use and kept. */
  form<T>(transport: FrameForm<T>): T {
    if (!this.#forms.has(transport.key)) this.#forms.set(transport.key, transport.build(this));
    // The key belongs to one FrameForm<T>, which alone writes under it.
    return this.#forms.get(transport.key) as T;
  }
}

export interface FrameForm<T> {
  readonly key: symbol;
  build(frame: EncodedFrame): T;
}
