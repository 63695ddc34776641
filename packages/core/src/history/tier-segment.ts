import type { GaugeColumn } from "@metricast/protocol";
import type { Series } from "../contracts/feed.js";
import type { Accumulator } from "./accumulator.js";
import type { CounterCarry } from "./counter-carry.js";
import { exactShape, fitsInto, type Layout, type Shape } from "./layout.js";
import type { Span } from "./raw-segment.js";
import { gaugeColumn } from "./rollup.js";

/** What readers know of a stretch of a tier's buckets; as with raw rows, another form may take the place of a sealed one. */
export interface TierSegment extends Span {
  /** A handle for the reads below; -1 where no bucket can hold the series. */
  locate(series: Series): number;
  readCounts(at: number, into: Float64Array): void;
  readGauge(at: number, into: GaugeColumn): void;
  readCounter(at: number, slot: number, into: CounterTotals): void;
  /** A counter slot's total before the first bucket; NaN where it is not known. */
  totalBefore(at: number, slot: number): number;
}

/** A counter's points: newest value, and a total that never falls, whose differences are the increases. */
export interface CounterTotals {
  readonly last: Float64Array;
  readonly total: Float64Array;
}

export class BucketSegment implements TierSegment {
  readonly #layout: Layout;
  readonly #shape: Shape;
  readonly #before: Float64Array;
  #capacity: number;
  #ends: Float64Array;
  #counts: Uint32Array;
  #gauges: GaugeColumn;
  #last: Float64Array;
  #total: Float64Array;
  #rows = 0;
  /** Series the layout had at the newest row: those that joined later are in no row. */
  #known = 0;

  static bytesFor(shape: Shape, capacity: number): number {
    const row = 8 + 4 * shape.seriesCount + 32 * shape.gaugeCount + 16 * shape.counterCount;
    return capacity * row + 8 * shape.counterCount + 512;
  }

  /** `before`: the totals before the first bucket, by counter cell. */
  constructor(layout: Layout, shape: Shape, capacity: number, before: Float64Array) {
    this.#layout = layout;
    this.#shape = exactShape(shape);
    this.#capacity = capacity;
    this.#ends = new Float64Array(capacity);
    this.#counts = new Uint32Array(capacity * shape.seriesCount);
    this.#gauges = gaugeColumn(capacity * shape.gaugeCount);
    this.#last = new Float64Array(capacity * shape.counterCount);
    this.#total = new Float64Array(capacity * shape.counterCount);
    this.#before = new Float64Array(shape.counterCount);
    this.#before.set(before.subarray(0, layout.counterCount));
  }

  get ends(): Float64Array {
    return this.#ends;
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return BucketSegment.bytesFor(this.#shape, this.#capacity);
  }

  get layout(): Layout {
    return this.#layout;
  }

  takes(layout: Layout): boolean {
    return this.#rows < this.#capacity && layout === this.#layout && fitsInto(layout, this.#shape);
  }

  write(end: number, bucket: Accumulator, carry: CounterCarry): void {
    const { seriesCount, gaugeCount, counterCount } = this.#shape;
    const row = this.#rows;
    const layout = this.#layout;
    this.#counts.set(bucket.counts.subarray(0, layout.seriesCount), row * seriesCount);
    for (const name of ["last", "min", "max", "sum"] as const) {
      this.#gauges[name].set(bucket.gauges[name].subarray(0, layout.gaugeCount), row * gaugeCount);
    }
    this.#last.set(carry.last.subarray(0, layout.counterCount), row * counterCount);
    for (let cell = 0; cell < layout.counterCount; cell += 1) {
      this.#total[row * counterCount + cell] = carry.total(cell);
    }
    this.#ends[row] = end;
    this.#rows = row + 1;
    this.#known = this.#layout.seriesCount;
  }

  joined(ordinal: number, carry: CounterCarry): void {
    const series = this.#layout.series[ordinal];
    if (series === undefined || series.info.kind === "gauge") return;
    const cell = this.#layout.cellAt[ordinal] ?? 0;
    if (cell + series.width > this.#shape.counterCount) return;
    for (let slot = 0; slot < series.width; slot += 1) this.#before[cell + slot] = carry.total(cell + slot);
  }

  trim(): void {
    if (this.#rows === this.#capacity) return;
    const { seriesCount, gaugeCount, counterCount } = this.#shape;
    const rows = this.#rows;
    const { last, min, max, sum } = this.#gauges;
    const gauges = rows * gaugeCount;
    this.#capacity = rows;
    this.#ends = this.#ends.slice(0, rows);
    this.#counts = this.#counts.slice(0, rows * seriesCount);
    this.#gauges = {
      last: last.slice(0, gauges),
      min: min.slice(0, gauges),
      max: max.slice(0, gauges),
      sum: sum.slice(0, gauges),
    };
    this.#last = this.#last.slice(0, rows * counterCount);
    this.#total = this.#total.slice(0, rows * counterCount);
  }

  locate(series: Series): number {
    const ordinal = this.#layout.ordinalOf(series);
    return ordinal < this.#known ? ordinal : -1;
  }

  readCounts(at: number, into: Float64Array): void {
    const stride = this.#shape.seriesCount;
    for (let row = 0, from = at; row < this.#rows; row += 1, from += stride)
      into[row] = this.#counts[from] ?? 0;
  }

  readGauge(at: number, into: GaugeColumn): void {
    const cell = this.#layout.cellAt[at] ?? 0;
    for (const name of ["last", "min", "max", "sum"] as const) {
      this.#readColumn(this.#gauges[name], this.#shape.gaugeCount, cell, into[name]);
    }
  }

  readCounter(at: number, slot: number, into: CounterTotals): void {
    const cell = (this.#layout.cellAt[at] ?? 0) + slot;
    this.#readColumn(this.#last, this.#shape.counterCount, cell, into.last);
    this.#readColumn(this.#total, this.#shape.counterCount, cell, into.total);
  }

  totalBefore(at: number, slot: number): number {
    return this.#before[(this.#layout.cellAt[at] ?? 0) + slot] ?? Number.NaN;
  }

  #readColumn(source: Float64Array, stride: number, cell: number, into: Float64Array): void {
    for (let row = 0, from = cell; row < this.#rows; row += 1, from += stride) into[row] = source[from] ?? 0;
  }
}
