import type { Alert } from "./alerts/alert.js";
import type { MetricastError } from "./errors.js";

/** What a host may listen to. Listeners that throw or reject are reported, and hurt nobody. */
export interface HostEvents {
  /** Something failed in the background; metricast goes on. */
  readonly error: MetricastError;
  /** Something the host should know: a limit is near, a setting is unwise, a source is slow. */
  readonly warning: MetricastError;
  /** An alert began or ended, and this instance is the one to tell. */
  readonly alert: Alert;
  /** A client connected. */
  readonly connect: { readonly session: string; readonly address: string };
  /** A client left; `code` is the close code. */
  readonly disconnect: { readonly session: string; readonly address: string; readonly code: number };
  /** `close` is done: nothing of metricast runs any more. */
  readonly closed: Record<string, never>;
}
