import { type Columns, seriesState } from "../contracts/feed.js";
import type { Layout } from "./layout.js";
import { lostBetween } from "./rollup.js";

/** Where one counter slot stands: `previous + offset` is its total, which never falls. `previous` is NaN where unknown. */
export interface Standing {
  readonly previous: number;
  readonly offset: number;
}

/**
 * Where every counter slot of a layout stands after the newest tick. A value that is not finite is remembered as the
 * last one and adds nothing.
 */
export class CounterCarry {
  /** Newest value, whatever it was. */
  last = new Float64Array(0);
  /** Newest finite value. */
  previous = new Float64Array(0);
  /** Everything lost at resets. */
  offset = new Float64Array(0);

  static readonly bytesPerCell = 24;

  grow(capacity: number): void {
    this.last = grown(this.last, capacity);
    this.previous = grown(this.previous, capacity);
    this.offset = grown(this.offset, capacity);
  }

  place(cell: number, standing: readonly Standing[]): void {
    for (const [slot, { previous, offset }] of standing.entries()) {
      this.previous[cell + slot] = previous;
      this.offset[cell + slot] = offset;
    }
  }

  standing(cell: number, width: number): Standing[] {
    return Array.from({ length: width }, (_, slot) => ({
      previous: this.previous[cell + slot] ?? Number.NaN,
      offset: this.offset[cell + slot] ?? 0,
    }));
  }

  total(cell: number): number {
    return (this.previous[cell] ?? Number.NaN) + (this.offset[cell] ?? 0);
  }

  follow(columns: Columns, layout: Layout): void {
    const { values, states } = columns;
    const { isGauge, stateFrom, slotFrom, widthAt, cellAt, seriesCount } = layout;
    for (let ordinal = 0; ordinal < seriesCount; ordinal += 1) {
      if (isGauge[ordinal] || states[stateFrom[ordinal] ?? 0] !== seriesState.live) continue;
      const cell = cellAt[ordinal] ?? 0;
      const from = slotFrom[ordinal] ?? 0;
      const width = widthAt[ordinal] ?? 0;
      for (let slot = 0; slot < width; slot += 1) this.#step(cell + slot, values[from + slot] ?? Number.NaN);
    }
  }

  /** The same for another layout; what that does not hold is dropped. */
  remapped(from: Layout, to: Layout, capacity: number): CounterCarry {
    const carry = new CounterCarry();
    carry.grow(capacity);
    for (const [ordinal, series] of to.series.entries()) {
      if (series.info.kind === "gauge") continue;
      const source = from.cellAt[from.ordinalOf(series)] ?? 0;
      const target = to.cellAt[ordinal] ?? 0;
      for (const name of ["last", "previous", "offset"] as const) {
        carry[name].set(this[name].subarray(source, source + series.width), target);
      }
    }
    return carry;
  }

  #step(cell: number, value: number): void {
    this.last[cell] = value;
    if (!Number.isFinite(value)) return;
    const previous = this.previous[cell] ?? Number.NaN;
    if (value < previous) this.offset[cell] = (this.offset[cell] ?? 0) + lostBetween(previous, value);
    this.previous[cell] = value;
  }
}

export function grown(array: Float64Array<ArrayBuffer>, capacity: number): Float64Array<ArrayBuffer> {
  if (array.length >= capacity) return array;
  const larger = new Float64Array(capacity);
  larger.set(array);
  return larger;
}
