import type { ClientClock } from "./clock.js";
import { type ClientCode, type ErrorDetails, MetricastClientError } from "./error.js";

const quietMs = 1_000;
/** Codes come from the server too. */
const maxCodes = 100;

export type Report = (code: ClientCode, text: string, details?: ErrorDetails) => void;

/** Tells faults, at most one per code and second, counting the others. */
export class Faults {
  readonly #clock: ClientClock;
  readonly #tell: (error: MetricastClientError) => void;
  readonly #told = new Map<ClientCode, { atMs: number; suppressed: number }>();
  #total = 0;

  constructor(clock: ClientClock, tell: (error: MetricastClientError) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  get total(): number {
    return this.#total;
  }

  readonly report: Report = (code, text, details) => {
    this.#total++;
    const nowMs = this.#clock.monotonicMs();
    const told = this.#told.get(code);
    if (told && nowMs - told.atMs < quietMs) {
      told.suppressed++;
      return;
    }
    if (this.#told.size >= maxCodes) this.#told.clear();
    // Noted before it is told: a listener that throws comes back here.
    this.#told.set(code, { atMs: nowMs, suppressed: 0 });
    this.#tell(new MetricastClientError(code, text, details, told?.suppressed));
  };
}
