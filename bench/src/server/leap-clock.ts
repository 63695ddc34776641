import type { Cancel, Clock } from "@metricast/core";

interface Pending {
  dueMs: number;
  readonly order: number;
  readonly run: () => void;
  timer: NodeJS.Timeout | undefined;
}

/** Sums of milliseconds differ in their last digits; what is due by as much is due. */
const roundingMs = 0.001;

/**
 * A clock that passes time like the system's while it runs, stands still while it is held, and can be made to leap: a
 * tick comes when the load client is ready for it, not a second later. On a clock that always stands still a slice of
 * work would never be over, and its yields would be missing from what is measured. Held at first.
 */
export class LeapClock implements Clock {
  readonly #pending = new Set<Pending>();
  readonly #startDateMs = Date.now();
  #passedMs = 0;
  #runningSinceMs: number | undefined;
  #order = 0;

  monotonicMs(): number {
    const since = this.#runningSinceMs;
    return since === undefined ? this.#passedMs : this.#passedMs + performance.now() - since;
  }

  dateMs(): number {
    return this.#startDateMs + this.monotonicMs();
  }

  after(delayMs: number, run: () => void): Cancel {
    const pending: Pending = {
      dueMs: this.monotonicMs() + Math.max(0, delayMs),
      order: this.#order++,
      run,
      timer: undefined,
    };
    this.#pending.add(pending);
    this.#arm(pending);
    return () => this.#drop(pending);
  }

  soon(run: () => void): Cancel {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  }

  hold(): void {
    this.#passedMs = this.monotonicMs();
    this.#runningSinceMs = undefined;
    for (const pending of this.#pending) this.#arm(pending);
  }

  release(): void {
    this.#runningSinceMs ??= performance.now();
    for (const pending of this.#pending) this.#arm(pending);
  }

  /** Leaps forward to a date, unless it has passed, and runs what has become due. */
  leapTo(dateMs: number): void {
    this.#passedMs += Math.max(0, dateMs - this.dateMs());
    const now = this.monotonicMs();
    const due = [...this.#pending].filter(({ dueMs }) => dueMs <= now + roundingMs);
    for (const pending of due.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)) this.#fire(pending);
    for (const pending of this.#pending) this.#arm(pending);
  }

  #arm(pending: Pending): void {
    clearTimeout(pending.timer);
    if (this.#runningSinceMs === undefined) return;
    pending.timer = setTimeout(() => this.#fire(pending), Math.max(0, pending.dueMs - this.monotonicMs()));
  }

  #fire(pending: Pending): void {
    if (this.#drop(pending)) pending.run();
  }

  #drop(pending: Pending): boolean {
    clearTimeout(pending.timer);
    return this.#pending.delete(pending);
  }
}
