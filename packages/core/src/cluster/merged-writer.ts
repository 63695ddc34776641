import type { Columns, Series } from "../contracts/feed.js";
import { seriesState } from "../contracts/feed.js";
import type { MergedSeries } from "./merged-series.js";

/** One instance in the merge: which merged series its own belong to, and where its counters stood. */
export class MergedWriter {
  readonly name: string;
  readonly #columns: () => Columns;
  /** By the index of its series; undefined where it is not merged. */
  readonly merged: (MergedSeries | undefined)[] = [];
  /** Newest finite value of each slot of a counter; NaN where that is not known. */
  #before = new Float64Array(64).fill(Number.NaN);

  constructor(name: string, columns: () => Columns) {
    this.name = name;
    this.#columns = columns;
  }

  get columns(): Columns {
    return this.#columns();
  }

  get columnsNow(): () => Columns {
    return this.#columns;
  }

  /** Takes in its next series. `fromZero`: it was born under our eyes, so all it counts is increase. */
  admit(series: Series, merged: MergedSeries | undefined, fromZero: boolean): void {
    this.merged.push(merged);
    const end = series.slot + series.width;
    if (end > this.#before.length) {
      const larger = new Float64Array(2 * end).fill(Number.NaN);
      larger.set(this.#before);
      this.#before = larger;
    }
    if (fromZero) this.#before.fill(0, series.slot, end);
  }

  /** Follows a counter to its present value; `counts`: what it grew by is added to the merged one. */
  follow(series: Series, merged: MergedSeries, counts: boolean): void {
    const { states, values } = this.#columns();
    if (states[series.index] !== seriesState.live) return;
    for (let slot = 0; slot < series.width; slot += 1) {
      const value = values[series.slot + slot] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      const before = this.#before[series.slot + slot] ?? Number.NaN;
      this.#before[series.slot + slot] = value;
      if (!counts || Number.isNaN(before)) continue;
      // Below what it was it began again from zero.
      const increase = value < before ? value : value - before;
      merged.totals[slot] = (merged.totals[slot] ?? 0) + increase;
    }
  }
}
