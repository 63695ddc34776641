import { type Batch, type Columns, type Series, seriesState } from "../contracts/feed.js";
import type { MemoryBudget } from "./budget.js";
import { CounterCarry, type Standing } from "./counter-carry.js";
import { exactShape, fitsInto, Layout, roomyShape, type Shape, shapeWith } from "./layout.js";
import type { Ring } from "./ring.js";
import { Tier } from "./tier.js";

const bytesPerSeries = 208;
/** Slots of dead series that are carried along rather than made a new layout for. */
const spareSlots = 64;

/**
 * The series that history records: lets in new ones while the budget has room, leaves out those that died, and lets
 * them in again when they come back.
 */
export class Roster {
  readonly #ring: Ring;
  readonly #tiers: readonly Tier[];
  readonly #budget: MemoryBudget;
  readonly #before: (series: Series) => readonly Standing[] | undefined;
  /** Series that are not recorded, and where their counters stand. */
  readonly #outside = new Map<number, readonly Standing[]>();
  layout = new Layout();
  carry = new CounterCarry();
  #capacity: Shape = exactShape(this.layout);
  #known = 0;
  #refusals = 0;
  #firstTick: number | undefined;

  /** `before` tells where a series' counters stood when an earlier process ended. */
  constructor(
    ring: Ring,
    tiers: readonly Tier[],
    budget: MemoryBudget,
    before: (series: Series) => readonly Standing[] | undefined = () => undefined,
  ) {
    this.#ring = ring;
    this.#tiers = tiers;
    this.#budget = budget;
    this.#before = before;
  }

  /** With what so many tiers hold of each series. */
  static bytesFor(shape: Shape, tiers: number): number {
    const cells = CounterCarry.bytesPerCell * shape.counterCount;
    return tiers * Tier.fixedBytesFor(shape) + cells + bytesPerSeries * shape.seriesCount;
  }

  get bytes(): number {
    return Roster.bytesFor(this.#capacity, this.#tiers.length);
  }

  /** How often a series was not let in for want of memory. */
  get refusals(): number {
    return this.#refusals;
  }

  admit({ columns, changed, tick, prev }: Batch): void {
    this.#firstTick ??= prev ?? tick;
    if (this.#outside.size > 0) {
      for (const index of changed) this.#readmit(columns.series[index], columns);
    }
    for (; this.#known < columns.series.length; this.#known += 1) {
      const series = columns.series[this.#known];
      if (series === undefined) continue;
      const standing = this.#standingAtBirth(series, this.#firstTick);
      if (columns.states[series.index] === seriesState.absent) this.#outside.set(series.index, standing);
      else this.#add(series, standing);
    }
  }

  /** Makes a layout without the series that are gone, where these are many. */
  compact(columns: Columns): void {
    const from = this.layout;
    const gone = from.series.filter((series, ordinal) => this.#isGone(series, ordinal, columns));
    const slots = gone.reduce((sum, series) => sum + series.width, 0);
    if (slots < spareSlots || slots * 4 < from.slotCount) return;
    const to = new Layout();
    const leaving = new Set(gone);
    for (const [ordinal, series] of from.series.entries()) {
      if (leaving.has(series)) this.#outside.set(series.index, this.#standingAt(ordinal, series));
      else to.add(series);
    }
    const bytes = this.bytes;
    this.#capacity = roomyShape(to);
    this.layout = to;
    this.carry = this.carry.remapped(from, to, this.#capacity.counterCount);
    for (const tier of this.#tiers) tier.remap(from, to, this.#capacity);
    this.#budget.give(bytes - this.bytes);
  }

  clear(): void {
    this.#budget.give(this.bytes);
    this.layout = new Layout();
    this.#capacity = exactShape(this.layout);
  }

  #readmit(series: Series | undefined, columns: Columns): void {
    if (series === undefined || columns.states[series.index] === seriesState.absent) return;
    const standing = this.#outside.get(series.index);
    if (standing !== undefined && this.#add(series, standing)) this.#outside.delete(series.index);
  }

  #add(series: Series, standing: readonly Standing[]): boolean {
    if (!this.#reserve(shapeWith(this.layout, series))) {
      this.#refusals += 1;
      // What it counts until there is room for it is not followed.
      this.#outside.set(
        series.index,
        standing.map(() => ({ previous: Number.NaN, offset: 0 })),
      );
      return false;
    }
    const ordinal = this.layout.add(series);
    if (series.info.kind === "gauge") return true;
    this.carry.place(this.layout.cellAt[ordinal] ?? 0, standing);
    const open = this.#ring.shelf.open;
    if (open?.layout === this.layout) open.joined(ordinal, this.carry);
    for (const tier of this.#tiers) tier.joined(this.layout, ordinal, this.carry);
    return true;
  }

  #reserve(shape: Shape): boolean {
    if (fitsInto(shape, this.#capacity)) return true;
    const capacity = roomyShape(shape);
    if (!this.#budget.tryTake(Roster.bytesFor(capacity, this.#tiers.length) - this.bytes)) return false;
    this.#capacity = capacity;
    this.carry.grow(capacity.counterCount);
    for (const tier of this.#tiers) tier.grow(capacity);
    return true;
  }

  /** What was not there at the writer's first tick began with nothing; of the others only an earlier process can tell. */
  #standingAtBirth(series: Series, firstTick: number): readonly Standing[] {
    const isNew = series.bornTick > firstTick;
    const before = series.info.kind === "gauge" ? undefined : this.#before(series);
    if (before === undefined) {
      return Array.from({ length: series.width }, () => ({ previous: isNew ? 0 : Number.NaN, offset: 0 }));
    }
    if (!isNew) return before;
    return before.map(({ previous, offset }) => {
      const total = previous + offset;
      return { previous: 0, offset: Number.isFinite(total) ? total : 0 };
    });
  }

  #isGone(series: Series, ordinal: number, columns: Columns): boolean {
    if (columns.states[series.index] !== seriesState.absent) return false;
    return this.#tiers.every((tier) => tier.accumulator.counts[ordinal] === 0);
  }

  #standingAt(ordinal: number, series: Series): Standing[] {
    return series.info.kind === "gauge"
      ? [{ previous: Number.NaN, offset: 0 }]
      : this.carry.standing(this.layout.cellAt[ordinal] ?? 0, series.width);
  }
}
