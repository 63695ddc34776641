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
  /** The framework's own request, for `identify`. */
  readonly raw?: unknown;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}
