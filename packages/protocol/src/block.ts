import type { SeriesInfo } from "./series.js";

/**
 * A block: points of several series over the ticks (fromTick, toTick], self-contained.
 * Point k covers (fromTick + k·stepTicks, min(fromTick + (k+1)·stepTicks, toTick)]. Times are ticks: a tick times the
 * channel's interval is milliseconds since the Unix epoch.
 */
export interface Block {
  readonly fromTick: number;
  readonly toTick: number;
  readonly stepTicks: number;
  readonly series: readonly BlockSeries[];
  /** Ranges (from, to] in which nothing was sampled, ascending. */
  readonly gaps: readonly TickRange[];
}

export interface TickRange {
  readonly fromTick: number;
  readonly toTick: number;
}

export interface BlockSeries {
  readonly info: SeriesInfo;
  /** Samples in each point; 0 means that the point is absent, whatever its columns hold. */
  readonly count: Float64Array;
  /** One column for a gauge or a counter; one per slot for a histogram. */
  readonly columns: readonly Column[];
}

export type Column = GaugeColumn | CounterColumn;

/** `min`, `max` and `sum` skip NaN (a point of NaN alone has NaN in all); `last` keeps it. */
export interface GaugeColumn {
  readonly last: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly sum: Float64Array;
}

/** `increase` counts a reset from zero; NaN where what came before is not known. */
export interface CounterColumn {
  readonly last: Float64Array;
  readonly increase: Float64Array;
}

export function isGaugeColumn(column: Column): column is GaugeColumn {
  return "min" in column;
}

/** Points of a range at a step. */
export function pointCount(range: TickRange, stepTicks: number): number {
  return Math.ceil((range.toTick - range.fromTick) / stepTicks);
}
