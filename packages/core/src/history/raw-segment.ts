import type { Columns, Series } from "../contracts/feed.js";
import type { CounterCarry, Standing } from "./counter-carry.js";
import { exactShape, fitsInto, type Layout, type Run, type Shape } from "./layout.js";

/** Rows of one level, in the order of their ticks. */
export interface Span {
  /** Ticks the rows end at, ascending; only the first `rows` count. */
  readonly ends: Float64Array;
  readonly rows: number;
  readonly bytes: number;
}

/**
 * What readers know of a stretch of raw rows. A form that keeps columns compressed can take the place of a sealed one:
 * it has to give back the same.
 */
export interface RawSegment extends Span {
  /** A handle for the reads below; -1 where no row can hold the series. */
  locate(series: Series): number;
  /** `seriesState` by row. */
  readStates(at: number, into: Uint8Array): void;
  readSlot(at: number, slot: number, into: Float64Array): void;
  /** Where a counter's slot stood before the first row. */
  before(at: number, slot: number): Standing;
}

/** The form that is written: one row a tick, all series side by side, so that a tick is one copy. */
export class TickSegment implements RawSegment {
  readonly #layout: Layout;
  readonly #shape: Shape;
  readonly #previous: Float64Array;
  readonly #offset: Float64Array;
  #capacity: number;
  #ends: Float64Array;
  #states: Uint8Array;
  #values: Float64Array;
  #rows = 0;
  /** Series the layout had at the newest row: those that joined later are in no row. */
  #known = 0;

  static bytesFor(shape: Shape, capacity: number): number {
    return capacity * (8 + shape.seriesCount + 8 * shape.slotCount) + 16 * shape.counterCount + 512;
  }

  constructor(layout: Layout, shape: Shape, capacity: number, carry: CounterCarry) {
    this.#layout = layout;
    this.#shape = exactShape(shape);
    this.#capacity = capacity;
    this.#ends = new Float64Array(capacity);
    this.#states = new Uint8Array(capacity * shape.seriesCount);
    this.#values = new Float64Array(capacity * shape.slotCount);
    this.#previous = new Float64Array(shape.counterCount);
    this.#offset = new Float64Array(shape.counterCount);
    this.#previous.set(carry.previous.subarray(0, layout.counterCount));
    this.#offset.set(carry.offset.subarray(0, layout.counterCount));
  }

  get ends(): Float64Array {
    return this.#ends;
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return TickSegment.bytesFor(this.#shape, this.#capacity);
  }

  get layout(): Layout {
    return this.#layout;
  }

  takes(layout: Layout): boolean {
    return this.#rows < this.#capacity && layout === this.#layout && fitsInto(layout, this.#shape);
  }

  write(tick: number, columns: Columns): void {
    const row = this.#rows;
    copyRuns(columns.values, this.#layout.slotRuns, this.#values, row * this.#shape.slotCount);
    copyRuns(columns.states, this.#layout.stateRuns, this.#states, row * this.#shape.seriesCount);
    this.#ends[row] = tick;
    this.#rows = row + 1;
    this.#known = this.#layout.seriesCount;
  }

  /** A series joined the layout after the first row. */
  joined(ordinal: number, carry: CounterCarry): void {
    const series = this.#layout.series[ordinal];
    if (series === undefined || series.info.kind === "gauge") return;
    const cell = this.#layout.cellAt[ordinal] ?? 0;
    if (cell + series.width > this.#shape.counterCount) return;
    this.#previous.set(carry.previous.subarray(cell, cell + series.width), cell);
    this.#offset.set(carry.offset.subarray(cell, cell + series.width), cell);
  }

  /** Gives back the rows that were not used. */
  trim(): void {
    if (this.#rows === this.#capacity) return;
    this.#capacity = this.#rows;
    this.#ends = this.#ends.slice(0, this.#rows);
    this.#states = this.#states.slice(0, this.#rows * this.#shape.seriesCount);
    this.#values = this.#values.slice(0, this.#rows * this.#shape.slotCount);
  }

  locate(series: Series): number {
    const ordinal = this.#layout.ordinalOf(series);
    return ordinal < this.#known ? ordinal : -1;
  }

  readStates(at: number, into: Uint8Array): void {
    const stride = this.#shape.seriesCount;
    for (let row = 0, from = at; row < this.#rows; row += 1, from += stride)
      into[row] = this.#states[from] ?? 0;
  }

  readSlot(at: number, slot: number, into: Float64Array): void {
    const stride = this.#shape.slotCount;
    let from = (this.#layout.slotAt[at] ?? 0) + slot;
    for (let row = 0; row < this.#rows; row += 1, from += stride) into[row] = this.#values[from] ?? 0;
  }

  before(at: number, slot: number): Standing {
    const cell = (this.#layout.cellAt[at] ?? 0) + slot;
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
