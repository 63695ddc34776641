import type { CounterColumn, GaugeColumn, SeriesInfo, StaleCause } from "@metricast/protocol";
import type { GapReason } from "./gap-list.js";

/** A range (from, to] in which there are no points, in milliseconds since the Unix epoch. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: GapReason;
}

interface PlainColumns {
  readonly key: string;
  readonly info: SeriesInfo;
  /** Samples in each point; where it is 0 the point is absent and its numbers are NaN. */
  readonly count: Float64Array;
}
export interface GaugeSeries extends PlainColumns, GaugeColumn {
  readonly kind: "gauge";
}
export interface CounterSeries extends PlainColumns, CounterColumn {
  readonly kind: "counter";
}
/** One column per bucket, each bucket's own count, and one for the sum. */
export interface HistogramSeries extends PlainColumns {
  readonly kind: "histogram";
  readonly slots: readonly CounterColumn[];
}
export type SeriesColumns = GaugeSeries | CounterSeries | HistogramSeries;

export interface Columns {
  /** Where each point ends, in milliseconds since the Unix epoch, ascending; common to all series. */
  readonly times: Float64Array;
  readonly series: readonly SeriesColumns[];
}

export interface LatestValue {
  readonly info: SeriesInfo;
  /** Of a histogram the number of observations. */
  readonly value: number;
  /** Of a histogram: each bucket's own count, then the sum. */
  readonly slots?: Float64Array;
  /** Why the value is old: its source failed, the last value stands. */
  readonly stale?: StaleCause;
}

/** What a subscription holds: columns ready for a chart, and the newest values. Bounded in points and in series. */
export interface SeriesView {
  /** Copies of all columns; the same object until something changes. */
  columns(): Columns;
  /** Newest values by key (`name{label="value"}`), without series that are absent; the same map until one changes. */
  latest(): ReadonlyMap<string, LatestValue>;
  /** Ranges without points within what is held, oldest first. */
  readonly gaps: readonly Gap[];
}
