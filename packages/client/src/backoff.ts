import type { ResolvedOptions } from "./options.js";

/** Delays with full jitter: anywhere from 0 to a cap that doubles with each attempt, up to the most. */
export class Backoff {
  readonly #options: ResolvedOptions;
  attempts = 0;

  constructor(options: ResolvedOptions) {
    this.#options = options;
  }

  nextMs(): number {
    const { minDelayMs, maxDelayMs, random } = this.#options;
    return random.fraction() * Math.min(maxDelayMs, minDelayMs * 2 ** this.attempts++);
  }
}
