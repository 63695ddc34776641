import type { Columns } from "../contracts/feed.js";
import type { MemoryBudget } from "./budget.js";
import type { CounterCarry } from "./counter-carry.js";
import { exactShape, type Layout, roomyShape } from "./layout.js";
import { TickSegment } from "./raw-segment.js";
import { Shelf } from "./shelf.js";
import { endOf, rowsWithin } from "./tier.js";

/** Ticks a segment covers: segment n holds the ticks ((n-1)·120, n·120]. */
export const segmentTicks = 120;

/** Every tick as it was read. A segment ends early when new series do not fit into its rows. */
export class Ring {
  readonly shelf: Shelf<TickSegment>;
  readonly #budget: MemoryBudget;
  readonly #onSeal: (segment: TickSegment) => void;
  #windowEnd = Number.NEGATIVE_INFINITY;
  #slotsBefore = 0;

  constructor(budget: MemoryBudget, onSeal: (segment: TickSegment) => void) {
    this.shelf = new Shelf(budget);
    this.#budget = budget;
    this.#onSeal = onSeal;
  }

  /** Whether a tick belongs to another window than the one before it. */
  isOver(tick: number): boolean {
    return tick > this.#windowEnd;
  }

  /** `carry` stands before the tick. */
  append(tick: number, columns: Columns, layout: Layout, carry: CounterCarry): void {
    const open = this.shelf.open;
    const segment = open?.takes(layout) && tick <= this.#windowEnd ? open : this.#begin(tick, layout, carry);
    if (segment === undefined) this.shelf.lose(tick);
    else segment.write(tick, columns);
  }

  #begin(tick: number, layout: Layout, carry: CounterCarry): TickSegment | undefined {
    const sealed = this.shelf.seal();
    if (sealed !== undefined) this.#onSeal(sealed);
    this.#windowEnd = endOf(tick, segmentTicks);
    const shape = layout.slotCount > this.#slotsBefore ? roomyShape(layout) : exactShape(layout);
    this.#slotsBefore = layout.slotCount;
    const rows = rowsWithin(this.#budget.limitBytes / 8, TickSegment.bytesFor(shape, 1));
    return this.shelf.begin(
      Math.min(this.#windowEnd - tick + 1, rows),
      (capacity) => TickSegment.bytesFor(shape, capacity),
      (capacity) => new TickSegment(layout, shape, capacity, carry),
    );
  }
}
