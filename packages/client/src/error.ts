import type { WireCodeName } from "@metricast/protocol";
import { clamp } from "./clamp.js";

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
  readonly detail?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The field of the request that the server names. */
  readonly field?: string | undefined;
  /** Whether the same may succeed later. */
  readonly temporary?: boolean | undefined;
  readonly cause?: unknown;
}

/** What went wrong, as a word to act on. `retryAfterMs` is there where waiting helps. */
export class MetricastClientError extends Error {
  readonly code: ClientCode;
  readonly retryAfterMs: number | undefined;
  readonly field: string | undefined;
  readonly temporary: boolean;
  /** Errors of the same code that were not told since the last one. */
  readonly suppressed: number;

  constructor(code: ClientCode, details: ErrorDetails = {}, suppressed = 0) {
    const { cause, detail, field, retryAfterMs, temporary = false } = details;
    super(detail ? `${code}: ${detail}` : code, { cause });
    this.name = "MetricastClientError";
    this.code = code;
    this.retryAfterMs = clamp(retryAfterMs, 100, 60_000, undefined);
    this.field = field;
    this.temporary = temporary;
    this.suppressed = suppressed;
  }
}
