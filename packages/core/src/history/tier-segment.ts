import type { GaugeColumn } from "@metricast/protocol";
import type { Span } from "./raw-segment.js";

/** What readers know of a stretch of a tier's buckets: those that are written, and those packed into columns. */
export interface TierSegment extends Span {
  readCounts(at: number, into: Float64Array): void;
  /** As the other reads below: where a bucket's count is 0, any numbers may stand. */
  readGauge(at: number, into: GaugeColumn): void;
  readCounter(at: number, slot: number, into: CounterTotals): void;
  /** A counter slot's total before the first bucket; NaN where it is not known. */
  totalBefore(at: number, slot: number): number;
}

/** A counter's points: newest value, and a total that never falls, whose differences are the increases. */
export interface CounterTotals {
  readonly last: Float64Array;
  readonly total: Float64Array;
}
