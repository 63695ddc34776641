import {
  type BlockSeries,
  type CounterColumn,
  isGaugeColumn,
  type SeriesInfo,
  slotCount,
} from "@metricast/protocol";
import { addGauge, gaugeColumn } from "../history/rollup.js";
import { aggregate } from "./aggregate.js";

/**
 * Points of one series of several instances as those of all. At the interval of the channel that is exact. Of a coarser step
 * the parts do not say what came together: minimum and maximum are then bounds, made of each one's own.
 */
export function mergedPoints(
  info: SeriesInfo,
  parts: readonly BlockSeries[],
  points: number,
  totals?: Float64Array,
): BlockSeries {
  return info.kind === "gauge"
    ? mergedGauge(info, parts, points)
    : mergedCounter(info, parts, points, totals);
}

function mergedGauge(info: SeriesInfo, parts: readonly BlockSeries[], points: number): BlockSeries {
  const count = new Float64Array(points);
  const into = gaugeColumn(points);
  const { aggregator } = info;
  for (let point = 0; point < points; point += 1) {
    const lasts: number[] = [];
    const mins: number[] = [];
    const maxs: number[] = [];
    const sums: number[] = [];
    const own: number[] = [];
    let samples = 0;
    for (const { count: counts, columns } of parts) {
      const there = counts[point] ?? 0;
      const [column] = columns;
      if (there === 0 || column === undefined || !isGaugeColumn(column)) continue;
      samples = Math.max(samples, there);
      own.push(there);
      lasts.push(column.last[point] ?? Number.NaN);
      mins.push(column.min[point] ?? Number.NaN);
      maxs.push(column.max[point] ?? Number.NaN);
      sums.push(column.sum[point] ?? Number.NaN);
    }
    count[point] = samples;
    into.last[point] = aggregate(aggregator, lasts);
    into.min[point] = aggregate(aggregator, mins);
    into.max[point] = aggregate(aggregator, maxs);
    // As if each had been there at every tick at which any was.
    const whole = sums.map((sum, at) => sum * (samples / (own[at] ?? samples)));
    into.sum[point] = aggregate(aggregator, whole);
  }
  return { info, count, columns: [into] };
}

/** Increases add up. `totals`: where the merged counter stands after the last point. */
function mergedCounter(
  info: SeriesInfo,
  parts: readonly BlockSeries[],
  points: number,
  totals?: Float64Array,
): BlockSeries {
  const count = new Float64Array(points);
  for (const { count: counts } of parts) {
    for (let point = 0; point < points; point += 1)
      count[point] = Math.max(count[point] ?? 0, counts[point] ?? 0);
  }
  const columns = Array.from({ length: slotCount(info) }, (_, slot) => {
    const column: CounterColumn = {
      last: new Float64Array(points),
      increase: new Float64Array(points).fill(Number.NaN),
    };
    for (const { count: counts, columns: own } of parts) addIncreases(column.increase, own[slot], counts);
    runUp(column, totals?.[slot]);
    return column;
  });
  return { info, count, columns };
}

function addIncreases(
  into: Float64Array,
  from: BlockSeries["columns"][number] | undefined,
  counts: Float64Array,
): void {
  if (from === undefined || isGaugeColumn(from)) return;
  for (let point = 0; point < into.length; point += 1) {
    const increase = from.increase[point] ?? Number.NaN;
    if (counts[point] === 0 || Number.isNaN(increase)) continue;
    const known = into[point] ?? Number.NaN;
    into[point] = Number.isNaN(known) ? increase : known + increase;
  }
}

/** A merged counter stands where its increases lead to. */
function runUp({ last, increase }: CounterColumn, end: number | undefined): void {
  let sum = 0;
  for (const [point, more] of increase.entries()) {
    if (!Number.isNaN(more)) sum += more;
    last[point] = sum;
  }
  const base = end === undefined ? 0 : Math.max(0, end - sum);
  for (const [point, value] of last.entries()) last[point] = base + value;
}

/** Points of a tick each, as points of several. `points`: how many there are then. */
export function coarsened(
  { info, count, columns }: BlockSeries,
  stepTicks: number,
  points: number,
): BlockSeries {
  const counts = new Float64Array(points);
  const slots = columns.map((column) => {
    const increase = new Float64Array(points).fill(Number.NaN);
    return isGaugeColumn(column) ? gaugeColumn(points) : { last: new Float64Array(points), increase };
  });
  for (const [tick, samples] of count.entries()) {
    if (samples === 0) continue;
    const point = Math.floor(tick / stepTicks);
    const isFresh = counts[point] === 0;
    counts[point] = (counts[point] ?? 0) + samples;
    for (const [slot, from] of columns.entries()) {
      const into = slots[slot];
      const last = from.last[tick] ?? Number.NaN;
      if (into === undefined) continue;
      if (isGaugeColumn(into)) addGauge(into, point, isFresh, last);
      else if (!isGaugeColumn(from)) {
        into.last[point] = last;
        const [known = Number.NaN, more = Number.NaN] = [into.increase[point], from.increase[tick]];
        into.increase[point] = Number.isNaN(known) ? more : known + (Number.isNaN(more) ? 0 : more);
      }
    }
  }
  return { info, count: counts, columns: slots };
}
