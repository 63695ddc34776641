import type { GaugeColumn } from "@metricast/protocol";
import { seriesState } from "../contracts/feed.js";

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

/** The same with the live ones of rows [from, to). */
export function addGauges(
  into: GaugeColumn,
  at: number,
  fresh: boolean,
  values: Float64Array,
  states: Uint8Array,
  from: number,
  to: number,
): void {
  let row = from;
  while (row < to && states[row] !== seriesState.live) row += 1;
  if (row === to) return;
  const first = values[row] ?? Number.NaN;
  // As merging one by one, in local variables: this is what answers over many ticks spend their time in.
  let last = first;
  let min = fresh ? first : (into.min[at] ?? Number.NaN);
  let max = fresh ? first : (into.max[at] ?? Number.NaN);
  let sum = fresh ? first : (into.sum[at] ?? Number.NaN);
  for (row += fresh ? 1 : 0; row < to; row += 1) {
    if (states[row] !== seriesState.live) continue;
    const value = values[row] ?? Number.NaN;
    last = value;
    if (Number.isNaN(min)) {
      min = value;
      max = value;
      sum = value;
    } else if (!Number.isNaN(value)) {
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
    }
  }
  into.last[at] = last;
  into.min[at] = min;
  into.max[at] = max;
  into.sum[at] = sum;
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
