import type { WireCodeName } from "@metricast/protocol";
import { clamp } from "./parse-message.js";

/** Words of the client itself, beside the words a server uses. */
export type LocalCode =
  | "option_invalid"
  | "websocket_missing"
  | "ticket_failed"
  | "connection_lost"
  | "timeout"
  | "closed"
  | "garbage"
  | "chain_broken"
  | "series_limit"
  | "handler_failed";

export type ClientCode = WireCodeName | LocalCode;

export interface ErrorDetails {
  readonly retryAfterMs?: number | undefined;
  /** The field of the request that the server names. */
  readonly field?: string | undefined;
  /** Whether the same may succeed later. */
  readonly temporary?: boolean | undefined;
  readonly cause?: unknown;
}

const maxRetryAfterMs = 60_000;

/** What went wrong, as a word to act on. `retryAfterMs` is there where waiting helps. */
export class MetricastClientError extends Error {
  readonly code: ClientCode;
  readonly retryAfterMs: number | undefined;
  readonly field: string | undefined;
  readonly temporary: boolean;
  /** Errors of the same code that were not told since the last one. */
  readonly suppressed: number;

  constructor(code: ClientCode, text: string, details: ErrorDetails = {}, suppressed = 0) {
    super(`${code}: ${text}`, details.cause === undefined ? {} : { cause: details.cause });
    this.name = "MetricastClientError";
    this.code = code;
    const { retryAfterMs } = details;
    this.retryAfterMs =
      retryAfterMs === undefined ? undefined : clamp(retryAfterMs, 0, maxRetryAfterMs, 1_000);
    this.field = details.field;
    this.temporary = details.temporary ?? false;
    this.suppressed = suppressed;
  }
}
