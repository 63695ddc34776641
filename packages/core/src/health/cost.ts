import type { Clock } from "../contracts/clock.js";

/** One in so many of what is short and frequent is timed. */
const someOf = 16;
/** What takes longer is not like the others: it stands for no more than this of each. */
const shortMs = 0.1;

/** Adds up the time metricast itself keeps the event loop. Synchronous stretches only: `begin` and `end` in one turn. */
export class Cost {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #depth = 0;
  #beganMs = 0;
  #totalMs = 0;
  #apartMs = 0;
  #some = 0;

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

  /** As `measure`, for what runs for every client: one run in sixteen is timed and stands for all. */
  measureSome(run: () => void): void {
    this.#some = (this.#some + 1) % someOf;
    if (this.#some !== 0) return run();
    const before = this.#totalMs;
    try {
      this.measure(run);
    } finally {
      this.#totalMs += (someOf - 1) * Math.min(shortMs, this.#totalMs - before);
    }
  }

  /** Runs what is the host's, within a stretch or not: its time is counted apart. */
  measureApart<T>(run: () => T): T {
    const depth = this.#depth;
    const beganMs = this.#clock.monotonicMs();
    if (depth > 0) this.#totalMs += Math.max(0, beganMs - this.#beganMs);
    this.#depth = 0;
    try {
      return run();
    } finally {
      this.#depth = depth;
      this.#beganMs = this.#clock.monotonicMs();
      this.#apartMs += Math.max(0, this.#beganMs - beganMs);
    }
  }

  /** Time of metricast's own. */
  get totalMs(): number {
    return this.#totalMs;
  }

  /** Time of the host's code that metricast called: the reading of its sources. */
  get apartMs(): number {
    return this.#apartMs;
  }
}
