/** A request and its answer, free of any framework. */

export interface HttpRequest {
  readonly method: string;
  /** Path under the base path, beginning with "/". */
  readonly path: string;
  readonly query: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly remoteAddress: string;
  readonly secure: boolean;
  /** True where it came past the host's own handlers: no login of the host's stands before it. Default false. */
  readonly unguarded?: boolean;
  /** Whether its client has left, as far as the adapter can tell. */
  readonly isGone?: () => boolean;
  /** The framework's own request, for `identify`. */
  readonly raw?: unknown;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** An answer without an end: what follows the head is written as it comes. Of unknown length, and never for HEAD. */
export interface HttpStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Called once, when the head was written. Never throws. */
  open(sink: HttpSink): HttpListener;
  /** Called instead where the client is gone by then. */
  abandon(): void;
}

export type HttpAnswer = HttpResponse | HttpStream;

/** What an adapter writes a stream with. Nothing here throws, or calls the listener before it has returned. */
export interface HttpSink {
  /** Bytes written that the process still holds. */
  readonly bufferedBytes: number;
  /** In order, and out at once, also through a compressing layer; false when not accepted, as the client is gone. */
  write(bytes: Uint8Array): boolean;
  /** What was written goes out, then the answer is over. */
  end(): void;
  /** Ends at once, whatever is still held. */
  destroy(): void;
}

/** What the adapter tells of a stream. */
export interface HttpListener {
  /** The process held much of what was written, and can take more. */
  drained(): void;
  /** Called once, whoever ended it. */
  closed(): void;
}
