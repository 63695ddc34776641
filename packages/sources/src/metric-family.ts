import type { Aggregator } from "@metricast/core";

/** One line of an exposition: a name, labels, a number. */
export interface Row {
  readonly name: string;
  /** Has no prototype where names come from outside, so that any label name is only a name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The words of Prometheus text and OpenMetrics; `untyped` where nothing was said. */
export type FamilyType =
  | "counter"
  | "gauge"
  | "histogram"
  | "summary"
  | "untyped"
  | "info"
  | "stateset"
  | "gaugehistogram";

/** A metric with all its rows, classic `_bucket`, `_sum` and `_count` rows included. */
export interface MetricFamily {
  readonly name: string;
  readonly type: FamilyType;
  readonly help?: string;
  readonly unit?: string;
  readonly aggregator?: Aggregator;
  readonly rows: readonly Row[];
}

/** The family type a word means: OpenMetrics says `unknown` for `untyped`. */
export function familyType(word: string): FamilyType | undefined {
  switch (word) {
    case "unknown":
      return "untyped";
    case "counter":
    case "gauge":
    case "histogram":
    case "summary":
    case "untyped":
    case "info":
    case "stateset":
    case "gaugehistogram":
      return word;
    default:
      return undefined;
  }
}

/** Labels without a prototype: a label may be called `__proto__`. */
export function emptyLabels(): Record<string, string> {
  return Object.create(null);
}
