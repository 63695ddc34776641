import type { Cancel, Clock } from "@metricast/core";

/**
 * A clock that stands still until it is told to move. Both its times start at `startMs` (default 1,700,000,000,000);
 * the monotonic one starts at 0.
 */
export function manualClock(startMs = 1_700_000_000_000): ManualClock {
  return new ManualClock(startMs);
}

interface Pending {
  readonly dueMs: number;
  /** Timers that are due together run in the order they were set. */
  readonly order: number;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  #monotonicMs = 0;
  #dateMs: number;
  #order = 0;
  readonly #timers = new Set<Pending>();
  #soon = new Set<Pending>();

  constructor(startMs: number) {
    this.#dateMs = startMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  dateMs(): number {
    return this.#dateMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    // A delay that makes no sense fires at once, as the system's timers do.
    const delay = Math.max(delayMs, 0);
    return enlist(this.#timers, { dueMs: this.#monotonicMs + delay, order: this.#order++, run });
  }

  soon(run: () => void): Cancel {
    return enlist(this.#soon, { dueMs: this.#monotonicMs, order: this.#order++, run });
  }

  /** Timers set and not yet run or cancelled. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** `soon` callbacks not yet run or cancelled. */
  get pendingSoon(): number {
    return this.#soon.size;
  }

  /** Moves both times by `ms`, running what falls due in order, each at its own time. `advance(0)` runs what is due now. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    while (this.#runNext(endMs));
    this.#moveTo(endMs);
  }

  /** As `advance`, and lets promises settle before the first timer, between timers and after the last. */
  async advanceAsync(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    await settle();
    while (this.#runNext(endMs)) await settle();
    this.#moveTo(endMs);
  }

  /** Steps the wall clock alone, as an administrator or NTP does. */
  stepWall(deltaMs: number): void {
    this.#dateMs += deltaMs;
  }

  /**
   * Lets the next timer run `earlyMs` before its time, as timers of the system do. Returns false when no timer is set.
   */
  fireEarly(earlyMs: number): boolean {
    const next = earliest(this.#timers);
    if (next === undefined) return false;
    this.advance(Math.max(0, next.dueMs - earlyMs - this.#monotonicMs));
    if (this.#timers.delete(next)) next.run();
    return true;
  }

  /** Runs the callback that comes next; false when none is due by `endMs`. */
  #runNext(endMs: number): boolean {
    const [soon] = this.#soon;
    if (soon !== undefined) {
      this.#soon.delete(soon);
      soon.run();
      return true;
    }
    const next = earliest(this.#timers);
    if (next === undefined || next.dueMs > endMs) return false;
    this.#moveTo(next.dueMs);
    this.#timers.delete(next);
    next.run();
    return true;
  }

  #moveTo(monotonicMs: number): void {
    const delta = monotonicMs - this.#monotonicMs;
    if (delta <= 0) return;
    this.#monotonicMs = monotonicMs;
    this.#dateMs += delta;
  }
}

function enlist(list: Set<Pending>, entry: Pending): Cancel {
  list.add(entry);
  return () => {
    list.delete(entry);
  };
}

function earliest(timers: Iterable<Pending>): Pending | undefined {
  let first: Pending | undefined;
  for (const timer of timers) {
    const sooner = first === undefined || timer.dueMs < first.dueMs;
    if (first === undefined || sooner || (timer.dueMs === first.dueMs && timer.order < first.order))
      first = timer;
  }
  return first;
}

/** Several rounds: a promise behind a promise takes more than one, and async iterators take a handful. */
async function settle(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
}
