import type { GaugeColumn } from "@metricast/protocol";

/**
 * How points merge. Merging is associative, so samples, ticks, tier buckets and answers to queries are all made by
 * these. `fresh` says that the target holds nothing yet; a point of NaN alone has NaN in all its fields.
 */

export function gaugeColumn(length: number): GaugeColumn {
  return {
    last: new Float64Array(length),
    min: new Float64Array(length),
    max: new Float64Array(length),
    sum: new Float64Array(length),
  };
}

/** Adds one sample to a gauge's point. */
export function addGauge(into: GaugeColumn, at: number, fresh: boolean, value: number): void {
  mergeCells(into, at, fresh, value, value, value, value);
}

/** Merges a later point into an earlier one. */
export function mergeGauge(
  into: GaugeColumn,
  at: number,
  fresh: boolean,
  from: GaugeColumn,
  index: number,
): void {
  mergeCells(
    into,
    at,
    fresh,
    from.last[index] ?? Number.NaN,
    from.min[index] ?? Number.NaN,
    from.max[index] ?? Number.NaN,
    from.sum[index] ?? Number.NaN,
  );
}

function mergeCells(
  into: GaugeColumn,
  at: number,
  fresh: boolean,
  last: number,
  min: number,
  max: number,
  sum: number,
): void {
  into.last[at] = last;
  const heldMin = into.min[at] ?? Number.NaN;
  // `min` tells whether a point holds a number: `sum` cannot, +Infinity and -Infinity make it NaN.
  if (fresh || Number.isNaN(heldMin)) {
    into.min[at] = min;
    into.max[at] = max;
    into.sum[at] = sum;
  } else if (!Number.isNaN(min)) {
    into.min[at] = Math.min(heldMin, min);
    into.max[at] = Math.max(into.max[at] ?? Number.NaN, max);
    into.sum[at] = (into.sum[at] ?? Number.NaN) + sum;
  }
}

/**
 * What a counter loses when it goes from one value to the next: everything at a reset, else nothing. The values plus all
 * that was lost before them make a total that never falls, whose differences are exact increases.
 */
export function lostBetween(previous: number, value: number): number {
  return value < previous ? previous : 0;
}
