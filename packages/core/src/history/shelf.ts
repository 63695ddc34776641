import type { MemoryBudget } from "./budget.js";
import type { Span } from "./raw-segment.js";
import { lowerBound } from "./search.js";

export interface Trimmable extends Span {
  trim(): void;
}

/** The segments of one level, oldest first; the newest may still be written. It pays for them. */
export class Shelf<S extends Trimmable> {
  readonly #budget: MemoryBudget;
  readonly #segments: S[] = [];
  #open: S | undefined;
  #heldFrom = Number.NEGATIVE_INFINITY;
  #bytes = 0;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** Everything sampled after this tick is held, as far as the level is filled; -Infinity while nothing was dropped. */
  get heldFrom(): number {
    return this.#heldFrom;
  }

  get open(): S | undefined {
    return this.#open;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Makes a segment of as many rows as can be paid for; undefined where not even one row can. */
  begin(rows: number, bytesFor: (rows: number) => number, make: (rows: number) => S): S | undefined {
    for (let capacity = rows; capacity >= 1; capacity = Math.floor(capacity / 2)) {
      const bytes = bytesFor(capacity);
      // Short segments come before the loss of what should be kept.
      if (!this.#budget.tryTake(bytes, capacity * 8 <= rows || capacity === 1)) continue;
      this.#bytes += bytes;
      this.#open = make(capacity);
      this.#segments.push(this.#open);
      return this.#open;
    }
    return undefined;
  }

  /** The newest segment is complete. */
  seal(): S | undefined {
    const segment = this.#open;
    if (segment === undefined) return undefined;
    this.#open = undefined;
    const before = segment.bytes;
    segment.trim();
    this.#release(before - segment.bytes);
    return segment;
  }

  oldestSealed(): S | undefined {
    const oldest = this.#segments[0];
    return oldest === this.#open ? undefined : oldest;
  }

  dropOldest(): void {
    const oldest = this.oldestSealed();
    if (oldest === undefined) return;
    this.#segments.shift();
    this.#heldFrom = lastEnd(oldest);
    this.#release(oldest.bytes);
  }

  /** Drops what ended at or before a tick. */
  expire(tick: number): boolean {
    let dropped = false;
    for (let oldest = this.oldestSealed(); oldest !== undefined && lastEnd(oldest) <= tick; ) {
      this.dropOldest();
      dropped = true;
      oldest = this.oldestSealed();
    }
    return dropped;
  }

  /** Segments with rows that end in (fromTick, toTick]. */
  *within(fromTick: number, toTick: number): Iterable<S> {
    const segments = this.#segments;
    let index = lowerBound(segments.length, (at) => lastEnd(segments[at]) > fromTick);
    for (let segment = segments[index]; segment !== undefined; segment = segments[index]) {
      if ((segment.ends[0] ?? Number.POSITIVE_INFINITY) > toTick) return;
      yield segment;
      index += 1;
    }
  }

  /** What ended at this tick could not be kept: with a hole in it, nothing older serves any more. */
  lose(tick: number): void {
    while (this.oldestSealed() !== undefined) this.dropOldest();
    this.#heldFrom = tick;
  }

  clear(): void {
    this.#segments.length = 0;
    this.#open = undefined;
    this.#release(this.#bytes);
  }

  #release(bytes: number): void {
    this.#bytes -= bytes;
    this.#budget.give(bytes);
  }
}

function lastEnd(segment: Span | undefined): number {
  return segment?.ends[segment.rows - 1] ?? Number.NEGATIVE_INFINITY;
}
