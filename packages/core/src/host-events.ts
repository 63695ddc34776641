import type { Alert } from "./alerts/alert.js";
import { MetricastError } from "./errors.js";
import { nearHint } from "./near-name.js";

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

/** By name, so that none can be left out. */
const all: Readonly<Record<keyof HostEvents, true>> = {
  error: true,
  warning: true,
  alert: true,
  connect: true,
  disconnect: true,
  closed: true,
};
const names: ReadonlySet<string> = new Set(Object.keys(all));

/** Nobody would ever hear of an event that there is not. Throws MC_OPTION_UNKNOWN, MC_OPTION_INVALID. */
export function requireListening(event: string, listener: unknown): void {
  if (!names.has(event)) {
    const message = `there is no event "${event}"${nearHint(String(event), names)}`;
    throw new MetricastError("MC_OPTION_UNKNOWN", message, { event });
  }
  if (typeof listener !== "function")
    throw new MetricastError("MC_OPTION_INVALID", `on("${event}") takes a function`, { event });
}
