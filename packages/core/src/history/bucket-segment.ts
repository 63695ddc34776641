import type { GaugeColumn } from "@metricast/protocol";
import type { Series } from "../contracts/feed.js";
import type { Accumulator } from "./accumulator.js";
import type { CounterCarry } from "./counter-carry.js";
import { exactShape, fitsInto, type Layout, type Shape } from "./layout.js";
import { gaugeColumn } from "./rollup.js";
import type { CounterTotals, TierSegment } from "./tier-segment.js";

/** The form that is written: one row a bucket, all series side by side. */
export class BucketSegment implements TierSegment {
  readonly layout: Layout;
  readonly #shape: Shape;
  readonly #capacity: number;
  readonly #before: Float64Array;
  readonly #ends: Float64Array;
  readonly #counts: Uint32Array;
  readonly #gauges: GaugeColumn;
  readonly #last: Float64Array;
  readonly #total: Float64Array;
  #rows = 0;
  #seriesCount = 0;

  /** With what the buckets may take once more while they are packed. */
  static bytesFor(shape: Shape, capacity: number): number {
    const row = 8 + 4 * shape.seriesCount + 32 * shape.gaugeCount + 16 * shape.counterCount;
    const packed = 8 * shape.gaugeCount + 4 * shape.counterCount;
    return capacity * (row + packed) + 8 * shape.counterCount + 2_048;
  }

  /** `before`: the totals before the first bucket, by counter cell. */
  constructor(layout: Layout, shape: Shape, capacity: number, before: Float64Array) {
    this.layout = layout;
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

  get rows(): number {
    return this.#rows;
  }

  get seriesCount(): number {
    return this.#seriesCount;
  }

  get firstEnd(): number {
    return this.#ends[0] ?? 0;
  }

  get lastEnd(): number {
    return this.#ends[this.#rows - 1] ?? 0;
  }

  get bytes(): number {
    return BucketSegment.bytesFor(this.#shape, this.#capacity);
  }

  get isFull(): boolean {
    return this.#rows === this.#capacity;
  }

  ends(): Float64Array {
    return this.#ends;
  }

  takes(layout: Layout): boolean {
    return this.#rows < this.#capacity && layout === this.layout && fitsInto(layout, this.#shape);
  }

  write(end: number, bucket: Accumulator, carry: CounterCarry): void {
    const { seriesCount, gaugeCount, counterCount } = this.#shape;
    const row = this.#rows;
    const layout = this.layout;
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
    this.#seriesCount = this.layout.seriesCount;
  }

  joined(ordinal: number, carry: CounterCarry): void {
    const series = this.layout.series[ordinal];
    if (series === undefined || series.info.kind === "gauge") return;
    const cell = this.layout.cellAt[ordinal] ?? 0;
    if (cell + series.width > this.#shape.counterCount) return;
    for (let slot = 0; slot < series.width; slot += 1) this.#before[cell + slot] = carry.total(cell + slot);
  }

  locate(series: Series): number {
    const ordinal = this.layout.ordinalOf(series);
    return ordinal < this.#seriesCount ? ordinal : -1;
  }

  readCounts(at: number, into: Float64Array): void {
    const stride = this.#shape.seriesCount;
    for (let row = 0, from = at; row < this.#rows; row += 1, from += stride)
      into[row] = this.#counts[from] ?? 0;
  }

  readGauge(at: number, into: GaugeColumn): void {
    const cell = this.layout.cellAt[at] ?? 0;
    for (const name of ["last", "min", "max", "sum"] as const) {
      this.#readColumn(this.#gauges[name], this.#shape.gaugeCount, cell, into[name]);
    }
  }

  readCounter(at: number, slot: number, into: CounterTotals): void {
    const cell = (this.layout.cellAt[at] ?? 0) + slot;
    this.#readColumn(this.#last, this.#shape.counterCount, cell, into.last);
    this.#readColumn(this.#total, this.#shape.counterCount, cell, into.total);
  }

  totalBefore(at: number, slot: number): number {
    return this.#before[(this.layout.cellAt[at] ?? 0) + slot] ?? Number.NaN;
  }

  #readColumn(source: Float64Array, stride: number, cell: number, into: Float64Array): void {
    for (let row = 0, from = cell; row < this.#rows; row += 1, from += stride) into[row] = source[from] ?? 0;
  }
}
