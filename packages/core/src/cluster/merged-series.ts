import { type SeriesInfo, type StaleCause, slotCount } from "@metricast/protocol";
import { type Columns, type Series, seriesState } from "../contracts/feed.js";
import type { ColumnSet } from "../feed/column-set.js";
import { aggregate } from "./aggregate.js";

/** A series as one instance has it. */
export interface Contribution {
  /** The instance's. */
  readonly name: string;
  readonly columns: () => Columns;
  readonly series: Series;
}

/** A series of all instances. Counters are what they grew by since they were first seen, wherever they stand themselves. */
export class MergedSeries {
  readonly series: Series;
  /** What tells it from others in every instance. */
  readonly key: string;
  /** As instances have it. */
  readonly sourceInfo: SeriesInfo;
  /** In the order of the instances' names. */
  readonly contributions: Contribution[] = [];
  /** Of a counter or histogram: the value of each slot. */
  readonly totals: Float64Array;

  constructor(series: Series, key: string, sourceInfo: SeriesInfo) {
    this.series = series;
    this.key = key;
    this.sourceInfo = sourceInfo;
    this.totals = new Float64Array(slotCount(sourceInfo));
  }

  add(contribution: Contribution): void {
    this.contributions.push(contribution);
    this.contributions.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  remove(name: string): void {
    const at = this.contributions.findIndex((one) => one.name === name);
    if (at >= 0) this.contributions.splice(at, 1);
  }

  /** Writes what it is now. Live where it is so in any instance, of which alone it is made. */
  writeTo(set: ColumnSet): void {
    const numbers: number[] = [];
    let cause: StaleCause | undefined;
    for (const { columns, series } of this.contributions) {
      const { states, values } = columns();
      const state = states[series.index];
      if (state === seriesState.live) numbers.push(values[series.slot] ?? Number.NaN);
      else if (state === seriesState.stale) cause ??= columns().staleCause(series.index) ?? "failed";
    }
    if (numbers.length > 0) {
      if (this.sourceInfo.kind === "gauge") this.totals[0] = aggregate(this.sourceInfo.aggregator, numbers);
      set.setLive(this.series, this.totals, 0);
    } else if (cause !== undefined) set.setStale(this.series, cause);
    else set.setAbsent(this.series);
  }
}
