/** `stale`: its source failed, and what was last known stands. */
export type Presence = "live" | "stale" | "absent";

/** What a rule compares, made of the values of a series or of several. */
export interface Meter {
  take(value: number, nowMs: number): void;
  /** A series of it comes or goes. */
  turn(from: Presence, to: Presence): void;
  /** Undefined where there is nothing to compare; `unknown` where what is true cannot be seen. */
  read(nowMs: number): number | "unknown" | undefined;
  /** Whether it may read otherwise later though no value comes. */
  isMoving(nowMs: number): boolean;
}

/** What meters of one series have in common. */
abstract class SeriesMeter implements Meter {
  #presence: Presence = "absent";

  turn(_: Presence, to: Presence): void {
    this.#presence = to;
  }

  read(nowMs: number): number | "unknown" | undefined {
    if (this.#presence === "live") return this.measure(nowMs);
    return this.#presence === "stale" ? "unknown" : undefined;
  }

  abstract take(value: number, nowMs: number): void;
  abstract isMoving(nowMs: number): boolean;
  protected abstract measure(nowMs: number): number | undefined;
}

export class ValueMeter extends SeriesMeter {
  #value = Number.NaN;

  take(value: number): void {
    this.#value = value;
  }

  isMoving(): boolean {
    return false;
  }

  protected measure(): number {
    return this.#value;
  }
}

interface Mark {
  readonly atMs: number;
  readonly total: number;
}

/** Growth per second over the last one to two windows, from two marks: a window of values would be kept for each series. */
export class RateMeter extends SeriesMeter {
  readonly #windowMs: number;
  readonly #isCounter: boolean;
  #last: number | undefined;
  #total = 0;
  #base: Mark | undefined;
  #next: Mark | undefined;

  constructor(windowMs: number, isCounter: boolean) {
    super();
    this.#windowMs = windowMs;
    this.#isCounter = isCounter;
  }

  take(value: number, nowMs: number): void {
    const before = this.#last ?? value;
    this.#last = value;
    if (this.#base === undefined) this.#base = this.#next = { atMs: nowMs, total: 0 };
    // It stood still for so long that nobody looked: it did until a window ago, too.
    else if (nowMs - (this.#next?.atMs ?? 0) >= 2 * this.#windowMs)
      this.#base = this.#next = { atMs: nowMs - this.#windowMs, total: this.#total };
    const grown = this.#isCounter && value < before ? value : value - before;
    if (Number.isFinite(grown)) this.#total += grown;
  }

  isMoving(nowMs: number): boolean {
    return (this.measure(nowMs) ?? 0) !== 0;
  }

  protected measure(nowMs: number): number | undefined {
    if (this.#next !== undefined && nowMs - this.#next.atMs >= this.#windowMs) {
      this.#base = this.#next;
      this.#next = { atMs: nowMs, total: this.#total };
    }
    if (this.#base === undefined || nowMs <= this.#base.atMs) return undefined;
    return ((this.#total - this.#base.total) * 1_000) / (nowMs - this.#base.atMs);
  }
}

/** 1 while the last change is not longer ago than the window, else 0. */
export class ChangeMeter extends SeriesMeter {
  readonly #windowMs: number;
  #last: number | undefined;
  #changedMs = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number) {
    super();
    this.#windowMs = windowMs;
  }

  take(value: number, nowMs: number): void {
    if (this.#last !== undefined && !Object.is(value, this.#last)) this.#changedMs = nowMs;
    this.#last = value;
  }

  isMoving(nowMs: number): boolean {
    return this.measure(nowMs) === 1;
  }

  protected measure(nowMs: number): number {
    return nowMs - this.#changedMs < this.#windowMs ? 1 : 0;
  }
}

/** How many series have a value. */
export class PresenceMeter implements Meter {
  #live = 0;

  take(): void {}

  turn(from: Presence, to: Presence): void {
    if (from === "live") this.#live -= 1;
    if (to === "live") this.#live += 1;
  }

  read(): number {
    return this.#live;
  }

  isMoving(): boolean {
    return false;
  }
}
