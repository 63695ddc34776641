import type { Cancel, Clock } from "@metricast/core";
import { type ManualClock, manualClock } from "../manual-clock.js";

/** A manual clock under an event loop that can stand still: timers that fell due meanwhile run late, in order. */
export class LateClock implements Clock {
  readonly inner: ManualClock;
  /** While the loop catches up, the time it woke at. */
  #wokeMs = Number.NEGATIVE_INFINITY;

  constructor(startMs: number) {
    this.inner = manualClock(startMs);
  }

  get #behindMs(): number {
    return Math.max(0, this.#wokeMs - this.inner.monotonicMs());
  }

  monotonicMs(): number {
    return this.inner.monotonicMs() + this.#behindMs;
  }

  dateMs(): number {
    return this.inner.dateMs() + this.#behindMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    return this.inner.after(Math.max(0, delayMs) + this.#behindMs, run);
  }

  soon(run: () => void): Cancel {
    return this.inner.soon(run);
  }

  advance(ms: number): Promise<void> {
    return this.inner.advanceAsync(ms);
  }

  /** Nothing runs for so long; then everything that fell due does. */
  stall(ms: number): Promise<void> {
    this.#wokeMs = this.inner.monotonicMs() + ms;
    return this.inner.advanceAsync(ms);
  }
}
