import type { Aggregator, SeriesKind } from "./series.js";

/** Values, series and points as JSON carries them in frames and blocks. */

/** A number as JSON carries it: what JSON has no word for travels as a string. */
export type WireNumber = number | "NaN" | "+Inf" | "-Inf" | "-0";

/** One entry of a dictionary or of a catalogue. Absent: no labels, gauge, no unit. */
export interface WireSeries {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly kind?: SeriesKind;
  readonly unit?: string;
  readonly help?: string;
  readonly bounds?: readonly number[];
  readonly aggregator?: Aggregator;
}

export type StaleCause = "failed" | "timeout" | "garbage" | "limit";

/**
 * A value in a frame. `null`: absent. `{ stale }`: its source failed, the last value stands.
 * An array is, by the series' kind: a histogram's changed slots [slot, value, …]; in a frame over several ticks a
 * gauge's [last, min, max, sum, count] or a counter's [last, increase], where null is an increase that is not known; a
 * histogram then has both its slots and their increases. A series that such a frame does not name held its last value
 * through all ticks of the step; a counter did not grow.
 */
export type WireValue =
  | WireNumber
  | null
  | readonly (WireNumber | null)[]
  | { readonly stale: StaleCause }
  | { readonly slots: readonly WireNumber[]; readonly increase: readonly (WireNumber | null)[] };

/** A column of points: `null` where a point is absent. */
export type WireColumn = readonly (WireNumber | null)[];

export interface WireBlockSeries {
  /** Id in the view's dictionary; absent for a series that the view does not hold (any more) and in answers to `query`. */
  readonly id?: number;
  readonly series?: WireSeries;
  /** Values of the points; a list of columns, one per slot, for a histogram. */
  readonly last: WireColumn | readonly WireColumn[];
  /** Each absent where every point is one sample: then min = max = sum = last. */
  readonly min?: WireColumn;
  readonly max?: WireColumn;
  readonly sum?: WireColumn;
  /** Absent where every present point holds `stepTicks` samples. */
  readonly count?: readonly number[];
  /** Counters: [point, increase, …] where it is not the difference of lasts; a list per slot for a histogram. */
  readonly increase?: readonly (WireNumber | null)[] | readonly (readonly (WireNumber | null)[])[];
}

export interface WireBlock {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly series: readonly WireBlockSeries[];
  /** Flat pairs: ranges (from, to] in which nothing was sampled. */
  readonly gaps?: readonly number[];
}
