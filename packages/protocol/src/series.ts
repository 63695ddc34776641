/** What a series is: its name, labels, and how its values behave. */

export type SeriesKind = "gauge" | "counter" | "histogram";

/** How a series' values of several instances become one; the words of prom-client. */
export type Aggregator = "sum" | "average" | "min" | "max" | "first" | "omit";

export function isAggregator(word: unknown): word is Aggregator {
  switch (word) {
    case "sum":
    case "average":
    case "min":
    case "max":
    case "first":
    case "omit":
      return true;
    default:
      return false;
  }
}

export interface SeriesInfo {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly kind: SeriesKind;
  /** A unit as `seconds`, `bytes`, `ratio`; absent where unknown. */
  readonly unit?: string;
  readonly help?: string;
  /** Upper bounds of a histogram's buckets, ascending, without +Infinity; -0 is 0. */
  readonly bounds?: readonly number[];
  readonly aggregator?: Aggregator;
}

/**
 * Numbers a series holds: one, or for a histogram one count per bucket (the last bucket is +Infinity) and the sum.
 * The bucket counts are each bucket's own, not cumulative over buckets; all slots grow like counters.
 */
export function slotCount(info: Pick<SeriesInfo, "kind" | "bounds">): number {
  return info.kind === "histogram" ? (info.bounds?.length ?? 0) + 2 : 1;
}
