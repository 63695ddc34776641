import type { MemoryBudget } from "./budget.js";
import type { Span } from "./raw-segment.js";
import { lowerBound } from "./search.js";

/**
 * The segments of one level, oldest first, and their bill. The newest may still be written (`open`), the one before it
 * may still be packed; all others are settled: packed, and free to be dropped.
 */
export class Shelf<S extends Span, Open extends S = S> {
  readonly #budget: MemoryBudget;
  readonly #segments: S[] = [];
  #settled = 0;
  #open: Open | undefined;
  #heldFrom = Number.NEGATIVE_INFINITY;
  #bytes = 0;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** Everything sampled after this tick is held, as far as the level is filled; -Infinity while nothing was dropped. */
  get heldFrom(): number {
    return this.#heldFrom;
  }

  get open(): Open | undefined {
    return this.#open;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get segments(): readonly S[] {
    return this.#segments;
  }

  get oldest(): S | undefined {
    return this.#segments[0];
  }

  get newest(): S | undefined {
    return this.#segments.at(-1);
  }

  get oldestSettled(): S | undefined {
    return this.#settled > 0 ? this.#segments[0] : undefined;
  }

  get newestSettled(): S | undefined {
    return this.#segments[this.#settled - 1];
  }

  /** Pays for as many rows as can be had; 0 where there is memory for none. */
  afford(rows: number, bytesFor: (rows: number) => number): number {
    for (let count = rows; count >= 1; count = Math.floor(count / 2)) {
      const bytes = bytesFor(count);
      // Short segments come before the loss of what should be kept.
      if (!this.#budget.tryTake(bytes, count * 8 <= rows || count === 1)) continue;
      this.#bytes += bytes;
      return count;
    }
    return 0;
  }

  /** A segment that was paid for, to be written. */
  begin(segment: Open): void {
    this.#open = segment;
    this.#segments.push(segment);
  }

  /** The newest segment is complete; it is to be settled. */
  seal(): Open | undefined {
    const segment = this.#open;
    this.#open = undefined;
    return segment;
  }

  /** Puts a packed segment in the place of what was sealed. */
  settle(sealed: S, packed: S): void {
    const at = this.#segments.indexOf(sealed);
    if (at < 0) return;
    this.#segments[at] = packed;
    this.#settled = at + 1;
    this.#bytes += packed.bytes - sealed.bytes;
    this.#budget.exchange(sealed.bytes, packed.bytes);
  }

  /** A packed segment that follows the newest. */
  add(packed: S): void {
    this.#segments.push(packed);
    this.#settled = this.#segments.length;
    this.#bytes += packed.bytes;
    this.#budget.exchange(0, packed.bytes);
  }

  /** A packed segment that comes before the oldest. */
  addFirst(packed: S): void {
    this.#segments.unshift(packed);
    this.#settled += 1;
    this.#bytes += packed.bytes;
    this.#budget.exchange(0, packed.bytes);
  }

  dropOldest(): void {
    if (this.#settled === 0) return;
    const oldest = this.#segments.shift();
    if (oldest === undefined) return;
    this.#settled -= 1;
    this.#heldFrom = Math.max(this.#heldFrom, oldest.lastEnd);
    this.#bytes -= oldest.bytes;
    this.#budget.give(oldest.bytes);
  }

  /** Drops what ended at or before a tick. */
  expire(tick: number): boolean {
    let dropped = false;
    for (let oldest = this.oldestSettled; oldest !== undefined && oldest.lastEnd <= tick; ) {
      this.dropOldest();
      dropped = true;
      oldest = this.oldestSettled;
    }
    return dropped;
  }

  /** Segments with rows that end in (fromTick, toTick]. */
  *within(fromTick: number, toTick: number): Iterable<S> {
    const segments = this.#segments;
    let index = lowerBound(segments.length, (at) => (segments[at]?.lastEnd ?? 0) > fromTick);
    for (let segment = segments[index]; segment !== undefined; segment = segments[index]) {
      if (segment.firstEnd > toTick) return;
      yield segment;
      index += 1;
    }
  }

  /** What ended up to this tick is not all kept: with a hole in it, nothing older serves any more. */
  lose(tick: number): void {
    while (this.#settled > 0) this.dropOldest();
    this.#heldFrom = Math.max(this.#heldFrom, tick);
  }

  clear(): void {
    this.#segments.length = 0;
    this.#settled = 0;
    this.#open = undefined;
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
  }
}
