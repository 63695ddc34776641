import type { Clock } from "./contracts/clock.js";

/** At most half a percent faster or slower than a second is a second. */
const slewRate = 0.005;

/**
 * Wall time that does not jump: it runs on the monotonic clock, and its offset to the wall clock is followed by
 * slewing. Only a forward step of the wall clock larger than `stepMs` is taken at once, and told; after a backward
 * step time goes on, a little slower.
 */
export class SteadyTime {
  readonly #clock: Clock;
  readonly #stepMs: number;
  readonly #listeners: ((deltaMs: number) => void)[] = [];
  #offsetMs: number;
  #measuredMs: number;

  constructor(clock: Clock, stepMs = 1_000) {
    this.#clock = clock;
    this.#stepMs = stepMs;
    this.#measuredMs = clock.monotonicMs();
    this.#offsetMs = clock.dateMs() - this.#measuredMs;
  }

  /** Milliseconds since the Unix epoch; never less than before. */
  nowMs(): number {
    const monotonicMs = this.#clock.monotonicMs();
    const elapsedMs = monotonicMs - this.#measuredMs;
    const aheadMs = this.#clock.dateMs() - monotonicMs - this.#offsetMs;
    this.#measuredMs = monotonicMs;
    if (aheadMs > this.#stepMs) this.#step(aheadMs);
    else this.#offsetMs += clamp(aheadMs, slewRate * elapsedMs);
    return monotonicMs + this.#offsetMs;
  }

  /** Told after a forward step was taken. */
  onStep(listener: (deltaMs: number) => void): void {
    this.#listeners.push(listener);
  }

  #step(deltaMs: number): void {
    this.#offsetMs += deltaMs;
    for (const listener of this.#listeners) listener(deltaMs);
  }
}

function clamp(value: number, bound: number): number {
  return Math.max(-bound, Math.min(bound, value));
}
