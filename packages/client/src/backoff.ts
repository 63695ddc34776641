import type { ClientRandom } from "./clock.js";

const maxDoublings = 30;

/** Delays with full jitter: anywhere from 0 to a cap that doubles with each attempt, up to `maxMs`. */
export class Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #random: ClientRandom;
  attempts = 0;

  constructor(minMs: number, maxMs: number, random: ClientRandom) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  nextMs(): number {
    const capMs = Math.min(this.#maxMs, this.#minMs * 2 ** Math.min(this.attempts++, maxDoublings));
    return this.#random.fraction() * capMs;
  }

  reset(): void {
    this.attempts = 0;
  }
}
