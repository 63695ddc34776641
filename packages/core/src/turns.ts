import type { Clock } from "./contracts/clock.js";

export interface TurnsParts {
  readonly clock: Pick<Clock, "monotonicMs" | "soon">;
  /** Longest time to hold the event loop before yielding to the host. */
  readonly sliceMs: number;
}

/** More than a slice has room for, as what is worth waiting takes a tenth of a millisecond and more. */
const mostPerTurn = 32;

/**
 * Spreads what many ask for at once over turns of the event loop: in order, for a slice of time in each turn. What one does when
 * it may, in promises too, counts to its slice.
 */
export class Turns {
  readonly #parts: TurnsParts;
  readonly #waiting: (() => void)[] = [];
  /** Whether the end of this turn is awaited. */
  #isTurning = false;
  /** When the slice of this turn is over. */
  #dueMs = 0;

  constructor(parts: TurnsParts) {
    this.#parts = parts;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves at once while the slice lasts and nobody waits, else after all who came before. */
  next(): Promise<void> {
    const { clock, sliceMs } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (!this.#isTurning) {
      this.#isTurning = true;
      this.#dueMs = nowMs + sliceMs;
      clock.soon(() => this.#turn());
    }
    if (this.#waiting.length === 0 && nowMs < this.#dueMs) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Those who wait are called in the next turn, each by a callback: between callbacks promises settle, within one they do not. */
  #turn(): void {
    const calls = Math.min(this.#waiting.length, mostPerTurn);
    this.#isTurning = calls > 0;
    for (let call = 1; call <= calls; call += 1) {
      this.#parts.clock.soon(() => {
        this.#call(call === 1);
        if (call === calls) this.#turn();
      });
    }
  }

  #call(isFirst: boolean): void {
    const nowMs = this.#parts.clock.monotonicMs();
    if (isFirst) this.#dueMs = nowMs + this.#parts.sliceMs;
    if (nowMs < this.#dueMs) this.#waiting.shift()?.();
  }
}
