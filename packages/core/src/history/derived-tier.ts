import type { MemoryBudget } from "./budget.js";
import { DerivedBuckets } from "./derived-buckets.js";
import { PackedTierSegment } from "./packed-tier-segment.js";
import type { PointReader } from "./point-reader.js";
import type { RawSegment } from "./raw-segment.js";
import type { Sealing } from "./sealing.js";
import { Shelf } from "./shelf.js";
import type { TierCursor } from "./tier-cursor.js";
import { TierPacker } from "./tier-packer.js";
import type { TierSegment } from "./tier-segment.js";

export interface DerivedTierOptions {
  readonly stepTicks: number;
  readonly budget: MemoryBudget;
  readonly sealing: Sealing;
  readonly cursor: TierCursor;
  readonly reader: PointReader;
  /** The ticks that buckets are worked out of. */
  readonly raw: Shelf<RawSegment>;
  readonly onSeal: (segment: PackedTierSegment) => void;
}

/** Buckets of one segment. */
const rows = 60;
/** Buckets are worked out ahead once the budget is used to this part. */
const tightFrom = 0.8;
/** Series are worked out over so many ticks: they cost several times what packing ticks does. */
const derivingTicks = 180;

/**
 * The finest tier. Packed ticks are so small that it is worth its memory only where they are gone: its buckets are worked
 * out of them before they go.
 */
export class DerivedTier {
  readonly stepTicks: number;
  readonly shelf: Shelf<TierSegment>;
  readonly #options: DerivedTierOptions;
  #through = Number.NEGATIVE_INFINITY;

  constructor(options: DerivedTierOptions) {
    this.stepTicks = options.stepTicks;
    this.shelf = new Shelf(options.budget);
    this.#options = options;
  }

  /** The end of its newest bucket. */
  get through(): number {
    return this.#through;
  }

  /** Begins the next buckets where memory gets tight, so that a segment of them is always ahead of what has to go. */
  prepare(): void {
    const { budget, sealing, raw } = this.#options;
    if (budget.usedBytes < budget.limitBytes * tightFrom || sealing.isPacking(this)) return;
    const [oldest, newest] = [raw.oldestSettled, raw.newestSettled];
    const ahead = rows * this.stepTicks;
    if (oldest === undefined || newest === undefined || this.#through >= oldest.lastEnd + ahead) return;
    const fromTick = this.#nextStart();
    const toTick = fromTick + rows * this.stepTicks;
    if (toTick <= newest.lastEnd) this.#derive(fromTick, toTick);
  }

  /** Makes at once what is missing of the buckets of all ticks up to one; those that cannot be made yet are lost. */
  cover(tick: number): void {
    const { raw, sealing } = this.#options;
    while (this.#through < tick) {
      if (sealing.finish(this)) continue;
      const fromTick = this.#nextStart();
      const head = raw.newest?.lastEnd ?? tick;
      const whole = Math.floor(head / this.stepTicks) * this.stepTicks;
      const toTick = Math.min(fromTick + rows * this.stepTicks, whole);
      if (toTick <= fromTick) {
        this.#lose(tick);
        return;
      }
      this.#derive(fromTick, toTick);
    }
  }

  #derive(fromTick: number, toTick: number): void {
    const { sealing, raw, reader, cursor, onSeal } = this.#options;
    if (Number.isFinite(raw.heldFrom) && fromTick !== this.#through) this.#lose(fromTick);
    const { stepTicks } = this;
    const buckets = new DerivedBuckets(raw.within(fromTick, toTick), { fromTick, toTick, stepTicks }, reader);
    const work = { slots: buckets.layout.slotCount, ticks: derivingTicks };
    sealing.add(this, new TierPacker(buckets, stepTicks), work, (parts) => {
      const packed = new PackedTierSegment(parts, cursor);
      this.#through = toTick;
      this.shelf.add(packed);
      onSeal(packed);
    });
  }

  /** Where the next buckets begin: they need all of their ticks. */
  #nextStart(): number {
    const { heldFrom, oldest } = this.#options.raw;
    const first = Math.floor(((oldest?.firstEnd ?? 1) - 1) / this.stepTicks) * this.stepTicks;
    const held = Number.isFinite(heldFrom) ? Math.ceil(heldFrom / this.stepTicks) * this.stepTicks : first;
    return Math.max(this.#through, held);
  }

  #lose(tick: number): void {
    this.shelf.lose(tick);
    this.#through = Number.NEGATIVE_INFINITY;
  }
}
