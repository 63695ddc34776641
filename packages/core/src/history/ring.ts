import type { Columns } from "../contracts/feed.js";
import type { MemoryBudget } from "./budget.js";
import type { CounterCarry } from "./counter-carry.js";
import { exactShape, type Layout, roomyShape, type Shape } from "./layout.js";
import { PackedRawSegment } from "./packed-raw-segment.js";
import type { RawCursor } from "./raw-cursor.js";
import { RawPacker } from "./raw-packer.js";
import type { RawSegment } from "./raw-segment.js";
import type { Sealing } from "./sealing.js";
import { Shelf } from "./shelf.js";
import { TickSegment } from "./tick-segment.js";
import { endOf, rowsWithin } from "./tier.js";

/** Ticks a segment covers: segment n holds the ticks ((n-1)·120, n·120]. */
export const segmentTicks = 120;
/** Rows there is memory for at a time. A segment is packed while the first such rows of the next one fill. */
export const pageTicks = 40;

export interface RingParts {
  readonly budget: MemoryBudget;
  readonly sealing: Sealing;
  readonly cursor: RawCursor;
  readonly onSeal: (segment: PackedRawSegment) => void;
}

/** Every tick as it was read. A segment ends early when new series do not fit into its rows. */
export class Ring {
  readonly shelf: Shelf<RawSegment, TickSegment>;
  readonly #parts: RingParts;
  #windowEnd = Number.NEGATIVE_INFINITY;
  #slotsBefore = 0;

  constructor(parts: RingParts) {
    this.shelf = new Shelf(parts.budget);
    this.#parts = parts;
  }

  /** Whether a tick belongs to another window than the one before it. */
  isOver(tick: number): boolean {
    return tick > this.#windowEnd;
  }

  /** `carry` stands before the tick. */
  append(tick: number, columns: Columns, layout: Layout, carry: CounterCarry): void {
    const open = this.shelf.open;
    const goesOn = open?.takes(layout) && tick <= this.#windowEnd && this.#hasRoom(open);
    const segment = goesOn ? open : this.#begin(tick, layout, carry);
    if (segment === undefined) this.shelf.lose(tick);
    else segment.write(tick, columns);
  }

  /** No more ticks come: what is being written is packed as it is. */
  finish(): void {
    const sealed = this.shelf.seal();
    if (sealed !== undefined) this.#pack(sealed);
  }

  #hasRoom(open: TickSegment): boolean {
    if (!open.isFull) return true;
    const rows = this.#rowsAtOnce(open.shape, open.rowsToCome);
    const rowBytes = TickSegment.rowBytesFor(open.shape);
    const paid = rows > 0 ? this.shelf.afford(rows, (count) => count * rowBytes) : 0;
    if (paid > 0) open.grow(paid);
    return paid > 0;
  }

  #begin(tick: number, layout: Layout, carry: CounterCarry): TickSegment | undefined {
    const sealed = this.shelf.seal();
    if (sealed !== undefined) this.#pack(sealed);
    this.#windowEnd = endOf(tick, segmentTicks);
    const shape = layout.slotCount > this.#slotsBefore ? roomyShape(layout) : exactShape(layout);
    this.#slotsBefore = layout.slotCount;
    const maxRows = this.#windowEnd - tick + 1;
    const fixed = TickSegment.fixedBytesFor(shape, maxRows);
    const rowBytes = TickSegment.rowBytesFor(shape);
    const paid = this.shelf.afford(this.#rowsAtOnce(shape, maxRows), (count) => fixed + count * rowBytes);
    if (paid === 0) return undefined;
    const segment = new TickSegment(layout, shape, maxRows, carry);
    segment.grow(paid);
    this.shelf.begin(segment);
    return segment;
  }

  #rowsAtOnce(shape: Shape, rowsToCome: number): number {
    const affordable = rowsWithin(this.#parts.budget.limitBytes / 8, TickSegment.rowBytesFor(shape));
    return Math.min(pageTicks, rowsToCome, affordable);
  }

  #pack(sealed: TickSegment): void {
    const { sealing, cursor, onSeal } = this.#parts;
    const work = { slots: sealed.layout.slotCount, ticks: pageTicks - 4 };
    sealing.add(this.shelf, new RawPacker(sealed), work, (parts) => {
      const packed = new PackedRawSegment(parts, cursor);
      this.shelf.settle(sealed, packed);
      onSeal(packed);
    });
  }
}
