import { Accumulator } from "./accumulator.js";
import { BucketSegment } from "./bucket-segment.js";
import type { MemoryBudget } from "./budget.js";
import { type CounterCarry, grown } from "./counter-carry.js";
import { exactShape, type Layout, roomyShape, type Shape } from "./layout.js";
import { PackedTierSegment } from "./packed-tier-segment.js";
import type { Sealing } from "./sealing.js";
import { Shelf } from "./shelf.js";
import type { TierCursor } from "./tier-cursor.js";
import { TierPacker } from "./tier-packer.js";
import type { TierSegment } from "./tier-segment.js";

export interface TierOptions {
  readonly stepTicks: number;
  /** Buckets of one segment. */
  readonly rows: number;
  readonly budget: MemoryBudget;
  readonly sealing: Sealing;
  readonly cursor: TierCursor;
  readonly onSeal: (segment: PackedTierSegment) => void;
}

/** Ticks over which a segment is packed: where that works out, before the next bucket begins another. */
function packingTicks(stepTicks: number): number {
  return Math.min(120, Math.max(30, stepTicks - 2));
}

/** One tier: the bucket being filled and the finished ones. Bucket n covers the ticks ((n-1)·step, n·step]. */
export class Tier {
  readonly stepTicks: number;
  readonly shelf: Shelf<TierSegment, BucketSegment>;
  accumulator = new Accumulator();
  readonly #options: TierOptions;
  /** Counters' totals at the end of the newest finished bucket. */
  #totals = new Float64Array(0);
  #openEnd: number | undefined;
  #windowEnd = Number.NEGATIVE_INFINITY;
  #slotsBefore = 0;

  constructor(options: TierOptions) {
    this.stepTicks = options.stepTicks;
    this.shelf = new Shelf(options.budget);
    this.#options = options;
  }

  static fixedBytesFor(shape: Shape): number {
    return Accumulator.bytesFor(shape) + 8 * shape.counterCount;
  }

  /** End of the bucket being filled. */
  get openEnd(): number | undefined {
    return this.#openEnd;
  }

  openAt(tick: number): void {
    this.#openEnd ??= endOf(tick, this.stepTicks);
  }

  grow(shape: Shape): void {
    this.accumulator.grow(shape);
    this.#totals = grown(this.#totals, shape.counterCount);
  }

  /** A series joined the layout; the carry already knows where it stands. */
  joined(layout: Layout, ordinal: number, carry: CounterCarry): void {
    const series = layout.series[ordinal];
    if (series === undefined || series.info.kind === "gauge") return;
    const cell = layout.cellAt[ordinal] ?? 0;
    for (let slot = 0; slot < series.width; slot += 1) this.#totals[cell + slot] = carry.total(cell + slot);
    const open = this.shelf.open;
    if (open?.layout === layout) open.joined(ordinal, carry);
  }

  /** Finishes the bucket being filled. */
  flush(layout: Layout, carry: CounterCarry): void {
    const end = this.#openEnd;
    if (end === undefined) return;
    const segment = this.#segmentFor(end, layout);
    if (segment === undefined) this.shelf.lose(end);
    else segment.write(end, this.accumulator, carry);
    for (let cell = 0; cell < layout.counterCount; cell += 1) this.#totals[cell] = carry.total(cell);
    this.accumulator.reset();
    this.#openEnd = undefined;
    if (segment?.isFull || end === this.#windowEnd) this.#seal();
  }

  remap(from: Layout, to: Layout, capacity: Shape): void {
    this.accumulator = this.accumulator.remapped(from, to, capacity);
    const totals = new Float64Array(capacity.counterCount);
    for (const [ordinal, series] of to.series.entries()) {
      if (series.info.kind === "gauge") continue;
      const source = from.cellAt[from.ordinalOf(series)] ?? 0;
      totals.set(this.#totals.subarray(source, source + series.width), to.cellAt[ordinal] ?? 0);
    }
    this.#totals = totals;
  }

  #segmentFor(end: number, layout: Layout): BucketSegment | undefined {
    const open = this.shelf.open;
    if (open?.takes(layout) && end <= this.#windowEnd) return open;
    this.#seal();
    const { rows, budget } = this.#options;
    this.#windowEnd = endOf(end, this.stepTicks * rows);
    const shape = layout.slotCount > this.#slotsBefore ? roomyShape(layout) : exactShape(layout);
    this.#slotsBefore = layout.slotCount;
    const affordable = rowsWithin(budget.limitBytes / 32, BucketSegment.bytesFor(shape, 1));
    const wanted = Math.min((this.#windowEnd - end) / this.stepTicks + 1, affordable);
    const paid = this.shelf.afford(wanted, (count) => BucketSegment.bytesFor(shape, count));
    if (paid === 0) return undefined;
    const segment = new BucketSegment(layout, shape, paid, this.#totals);
    this.shelf.begin(segment);
    return segment;
  }

  #seal(): void {
    const sealed = this.shelf.seal();
    if (sealed === undefined) return;
    const { sealing, cursor, onSeal } = this.#options;
    const work = { slots: sealed.layout.slotCount, ticks: packingTicks(this.stepTicks) };
    sealing.add(this.shelf, new TierPacker(sealed, this.stepTicks), work, (parts) => {
      const packed = new PackedTierSegment(parts, cursor);
      this.shelf.settle(sealed, packed);
      onSeal(packed);
    });
  }
}

/** The end of the bucket that holds a tick. */
export function endOf(tick: number, stepTicks: number): number {
  return Math.ceil(tick / stepTicks) * stepTicks;
}

export function rowsWithin(bytes: number, bytesPerRow: number): number {
  return Math.max(1, Math.floor(bytes / bytesPerRow));
}
