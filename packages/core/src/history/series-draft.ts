import { type BlockSeries, type Column, isGaugeColumn, type SeriesInfo } from "@metricast/protocol";
import type { Series } from "../contracts/feed.js";
import { gaugeColumn } from "./rollup.js";

/** A block's series while its points are merged: until `finish`, a counter's `increase` holds totals. */
export class SeriesDraft {
  readonly info: SeriesInfo;
  readonly count: Float64Array;
  readonly columns: readonly Column[];
  /** Totals before the first point, by slot. */
  readonly #starts: number[] = [];

  constructor(series: Series, points: number) {
    this.info = series.info;
    this.count = new Float64Array(points);
    this.columns =
      series.info.kind === "gauge"
        ? [gaugeColumn(points)]
        : Array.from({ length: series.width }, () => ({
            last: new Float64Array(points),
            increase: new Float64Array(points),
          }));
  }

  addCount(point: number, samples: number): void {
    this.count[point] = (this.count[point] ?? 0) + samples;
  }

  setCounter(slot: number, point: number, last: number, total: number): void {
    const column = this.columns[slot];
    if (column === undefined || isGaugeColumn(column)) return;
    column.last[point] = last;
    column.increase[point] = total;
  }

  /** The total before the first row that is read; only the first call counts. */
  startFrom(slot: number, total: number): void {
    this.#starts[slot] ??= total;
  }

  startOf(slot: number): number {
    return this.#starts[slot] ?? Number.NaN;
  }

  finish(): BlockSeries {
    for (const [slot, column] of this.columns.entries()) {
      if (isGaugeColumn(column)) continue;
      let before = this.startOf(slot);
      for (let point = 0; point < this.count.length; point += 1) {
        if (this.count[point] === 0) continue;
        const total = column.increase[point] ?? Number.NaN;
        // Within one writer totals never fall; another that did not know of it began again from zero.
        column.increase[point] = total < before ? total : total - before;
        before = total;
      }
    }
    return { info: this.info, count: this.count, columns: this.columns };
  }
}
