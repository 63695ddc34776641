import type { Columns, Series } from "../contracts/feed.js";
import type { CounterCarry, Standing } from "./counter-carry.js";
import { exactShape, fitsInto, type Layout, type Run, type Shape } from "./layout.js";
import type { RawSegment } from "./raw-segment.js";

/** Memory for some rows, all series side by side. */
interface Page {
  readonly rows: number;
  readonly values: Float64Array;
  readonly states: Uint8Array;
}

/**
 * The form that is written: one row a tick, so that a tick is one copy. Memory comes page by page, since the segment
 * before is still being packed while the first pages of this one fill.
 */
export class TickSegment implements RawSegment {
  readonly layout: Layout;
  readonly #shape: Shape;
  readonly #ends: Float64Array;
  readonly #previous: Float64Array;
  readonly #offset: Float64Array;
  readonly #pages: Page[] = [];
  #capacity = 0;
  #rows = 0;
  #seriesCount = 0;

  static fixedBytesFor(shape: Shape, maxRows: number): number {
    return 8 * maxRows + 16 * shape.counterCount + 1_024;
  }

  /** Values and states, and what they may take once more while they are packed. */
  static rowBytesFor(shape: Shape): number {
    return 8 * shape.slotCount + shape.seriesCount + shape.slotCount;
  }

  constructor(layout: Layout, shape: Shape, maxRows: number, carry: CounterCarry) {
    this.layout = layout;
    this.#shape = exactShape(shape);
    this.#ends = new Float64Array(maxRows);
    this.#previous = new Float64Array(shape.counterCount);
    this.#offset = new Float64Array(shape.counterCount);
    this.#previous.set(carry.previous.subarray(0, layout.counterCount));
    this.#offset.set(carry.offset.subarray(0, layout.counterCount));
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
    const rowBytes = TickSegment.rowBytesFor(this.#shape);
    return TickSegment.fixedBytesFor(this.#shape, this.#ends.length) + this.#capacity * rowBytes;
  }

  get shape(): Shape {
    return this.#shape;
  }

  /** Rows it has no memory for yet. */
  get rowsToCome(): number {
    return this.#ends.length - this.#capacity;
  }

  get isFull(): boolean {
    return this.#rows === this.#capacity;
  }

  ends(): Float64Array {
    return this.#ends;
  }

  takes(layout: Layout): boolean {
    return layout === this.layout && fitsInto(layout, this.#shape);
  }

  grow(rows: number): void {
    const { slotCount, seriesCount } = this.#shape;
    const [values, states] = [new Float64Array(rows * slotCount), new Uint8Array(rows * seriesCount)];
    this.#pages.push({ rows, values, states });
    this.#capacity += rows;
  }

  write(tick: number, columns: Columns): void {
    const page = this.#pages.at(-1);
    if (page === undefined || this.isFull) return;
    const row = this.#rows - (this.#capacity - page.rows);
    copyRuns(columns.values, this.layout.slotRuns, page.values, row * this.#shape.slotCount);
    copyRuns(columns.states, this.layout.stateRuns, page.states, row * this.#shape.seriesCount);
    this.#ends[this.#rows] = tick;
    this.#rows += 1;
    this.#seriesCount = this.layout.seriesCount;
  }

  /** A series joined the layout after the first row. */
  joined(ordinal: number, carry: CounterCarry): void {
    const series = this.layout.series[ordinal];
    if (series === undefined || series.info.kind === "gauge") return;
    const cell = this.layout.cellAt[ordinal] ?? 0;
    if (cell + series.width > this.#shape.counterCount) return;
    this.#previous.set(carry.previous.subarray(cell, cell + series.width), cell);
    this.#offset.set(carry.offset.subarray(cell, cell + series.width), cell);
  }

  locate(series: Series): number {
    const ordinal = this.layout.ordinalOf(series);
    return ordinal < this.#seriesCount ? ordinal : -1;
  }

  readStates(at: number, into: Uint8Array): void {
    const stride = this.#shape.seriesCount;
    let row = 0;
    for (const { rows, states } of this.#pages) {
      const end = Math.min(this.#rows, row + rows);
      for (let from = at; row < end; row += 1, from += stride) into[row] = states[from] ?? 0;
    }
  }

  readSlot(at: number, slot: number, into: Float64Array): void {
    const stride = this.#shape.slotCount;
    const first = (this.layout.slotAt[at] ?? 0) + slot;
    let row = 0;
    for (const { rows, values } of this.#pages) {
      const end = Math.min(this.#rows, row + rows);
      for (let from = first; row < end; row += 1, from += stride) into[row] = values[from] ?? 0;
    }
  }

  before(at: number, slot: number): Standing {
    const cell = (this.layout.cellAt[at] ?? 0) + slot;
    return { previous: this.#previous[cell] ?? Number.NaN, offset: this.#offset[cell] ?? 0 };
  }
}

function copyRuns<A extends Float64Array | Uint8Array>(
  source: A,
  runs: readonly Run[],
  target: A,
  base: number,
): void {
  for (const run of runs) {
    target.set(source.subarray(run.source, run.source + run.length), base + run.target);
  }
}
