/**
 * What is used of uWebSockets.js, by its shape: its own types fit, and nobody has to install them. Strings and buffers
 * that it hands out are copied before they are kept, as it takes them back when a handler returns.
 */

export interface UwsApp {
  ws(pattern: string, behavior: UwsBehavior): unknown;
  any(pattern: string, handler: UwsRoute): unknown;
}

export type UwsRoute = (response: UwsResponse, request: UwsRequest) => void;

/** Dead as soon as its handler returns or waits. */
export interface UwsRequest {
  getMethod(): string;
  getUrl(): string;
  /** Undefined where the address has no question mark. */
  getQuery(): string | undefined;
  forEach(visit: (name: string, value: string) => void): void;
  setYield(yields: boolean): unknown;
}

/** Dead after `end`, `close`, `upgrade`, or `onAborted`: what is called on it then throws. */
export interface UwsResponse {
  getRemoteAddressAsText(): ArrayBuffer;
  onAborted(told: () => void): unknown;
  onWritable(told: (offset: number) => boolean): unknown;
  cork(act: () => void): unknown;
  writeStatus(status: string): unknown;
  writeHeader(name: string, value: string): unknown;
  /** False where the bytes wait, as the client reads too slowly; they are taken all the same. */
  write(chunk: Uint8Array | string): boolean;
  end(body?: Uint8Array | string, closeConnection?: boolean): unknown;
  /** No body, and no header that names its length. */
  endWithoutBody(): unknown;
  close(): unknown;
  upgrade(userData: object, key: string, protocol: string, extensions: string, context: UwsContext): unknown;
}

/** A native handle that is only passed on. */
// biome-ignore lint/complexity/noBannedTypes: its own type has no members, and every object fits it.
export type UwsContext = {};

/** How a message went out. */
export const uwsSent = { waits: 0, done: 1, dropped: 2 } as const;

/** Dead after `end`, `close` or the handler `close`: what is called on it then throws. */
export interface UwsSocket<Data> {
  /** One of `uwsSent`. */
  send(message: Uint8Array, isBinary: boolean): number;
  ping(payload: Uint8Array): number;
  getBufferedAmount(): number;
  cork(act: () => void): unknown;
  /** Sends a close frame. The handler `close` is called before it returns. */
  end(code: number, reason: string): unknown;
  /** Without a close frame. The handler `close` is called before it returns. */
  close(): unknown;
  /** The socket itself, with the fields of the data, or the data: depends on the version. */
  getUserData(): Data;
}

export interface UwsBehavior<Data = unknown> {
  readonly maxPayloadLength: number;
  readonly maxBackpressure: number;
  /** Seconds; 0, or 8 to 960. */
  readonly idleTimeout: number;
  readonly sendPingsAutomatically: boolean;
  upgrade(response: UwsResponse, request: UwsRequest, context: UwsContext): void;
  open(socket: UwsSocket<Data>): void;
  message(socket: UwsSocket<Data>, message: ArrayBuffer, isBinary: boolean): void;
  pong(socket: UwsSocket<Data>, payload: ArrayBuffer): void;
  drain(socket: UwsSocket<Data>): void;
  close(socket: UwsSocket<Data>, code: number, reason: ArrayBuffer): void;
}
