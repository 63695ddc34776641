import type { Clock } from "../contracts/clock.js";

/** Adds up the time metricast itself keeps the event loop. Synchronous stretches only: `begin` and `end` in one turn. */
export class Cost {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #depth = 0;
  #beganMs = 0;
  #totalMs = 0;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** A stretch inside another counts once. */
  begin(): void {
    if (this.#depth === 0) this.#beganMs = this.#clock.monotonicMs();
    this.#depth += 1;
  }

  end(): void {
    if (this.#depth === 0) return;
    this.#depth -= 1;
    if (this.#depth === 0) this.#totalMs += Math.max(0, this.#clock.monotonicMs() - this.#beganMs);
  }

  /** Runs and counts; what it throws is thrown on. */
  measure<T>(run: () => T): T {
    this.begin();
    try {
      return run();
    } finally {
      this.end();
    }
  }

  get totalMs(): number {
    return this.#totalMs;
  }
}
