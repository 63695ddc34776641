import type { ClientClock } from "./clock.js";
import { type ClientCode, type ErrorDetails, MetricastClientError } from "./error.js";

const quietMs = 1_000;
/** Codes come from the server too. */
const maxCodes = 100;

export type Report = (code: ClientCode, details?: ErrorDetails) => void;

/** Tells faults, at most one per code and second, counting the others. */
export function faultReport(clock: ClientClock, tell: (error: MetricastClientError) => void): Report {
  const lately = new Map<ClientCode, { readonly atMs: number; suppressed: number }>();
  return (code, details) => {
    const atMs = clock.monotonicMs();
    const told = lately.get(code);
    if (told && atMs - told.atMs < quietMs) {
      told.suppressed++;
      return;
    }
    if (lately.size >= maxCodes) lately.clear();
    // Noted before it is told: a listener that throws comes back here.
    lately.set(code, { atMs, suppressed: 0 });
    tell(new MetricastClientError(code, details, told?.suppressed));
  };
}
