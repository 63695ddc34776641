import { Growth } from "./growth.js";

/** `stale`: its source failed, and what was last known stands. */
export type Presence = "live" | "stale" | "absent";

/** What a rule compares, made of the values of a series or of several. */
export interface Meter {
  /** `buckets`: each bucket's own count; none where the series is no histogram. */
  take(value: number, nowMs: number, buckets: readonly number[]): void;
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

  abstract take(value: number, nowMs: number, buckets: readonly number[]): void;
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

/** Growth per second. */
export class RateMeter extends SeriesMeter {
  readonly #growth: Growth;

  constructor(windowMs: number, isCounter: boolean) {
    super();
    this.#growth = new Growth(windowMs, isCounter);
  }

  take(value: number, nowMs: number): void {
    this.#growth.take([value], nowMs);
  }

  isMoving(nowMs: number): boolean {
    return (this.measure(nowMs) ?? 0) !== 0;
  }

  protected measure(nowMs: number): number | undefined {
    const read = this.#growth.read(nowMs);
    return read && ((read.grown[0] ?? 0) * 1_000) / read.ms;
  }
}

/** A quantile of the observations of a histogram; undefined while there are none. */
export class QuantileMeter extends SeriesMeter {
  readonly #growth: Growth;
  readonly #quantile: number;
  readonly #bounds: readonly number[];

  constructor(windowMs: number, quantile: number, bounds: readonly number[]) {
    super();
    this.#growth = new Growth(windowMs, true);
    this.#quantile = quantile;
    this.#bounds = bounds;
  }

  take(_: number, nowMs: number, buckets: readonly number[]): void {
    this.#growth.take(buckets, nowMs);
  }

  isMoving(nowMs: number): boolean {
    return this.measure(nowMs) !== undefined;
  }

  protected measure(nowMs: number): number | undefined {
    const counts = this.#growth.read(nowMs)?.grown ?? [];
    const rank = this.#quantile * counts.reduce((sum, count) => sum + count, 0);
    let below = 0;
    for (const [at, count] of counts.entries()) {
      if (count > 0 && below + count >= rank) return this.#within(at, (rank - below) / count);
      below += count;
    }
    return undefined;
  }

  /** As if observations were spread evenly in their bucket. What is over the last bound counts as that. */
  #within(bucket: number, part: number): number | undefined {
    const upper = this.#bounds[bucket];
    if (upper === undefined) return this.#bounds.at(-1);
    const lower = this.#bounds[bucket - 1] ?? Math.min(0, upper);
    return lower + (upper - lower) * part;
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
