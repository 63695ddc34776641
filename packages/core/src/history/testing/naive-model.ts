import { type Block, type BlockSeries, isGaugeColumn, type TickRange } from "@metricast/protocol";
import type { Series } from "../../contracts/feed.js";
import type { Cell, TestFeed } from "./test-feed.js";

/** One slot's point, worked out from all samples ever taken, as the contract words it. */
export interface NaivePoint {
  count: number;
  last: number;
  min: number;
  max: number;
  sum: number;
  increase: number;
}

export function naivePoints(
  feed: Pick<TestFeed, "rows">,
  series: Series,
  slot: number,
  { fromTick, toTick }: TickRange,
  stepTicks: number,
): (NaivePoint | undefined)[] {
  const points: (NaivePoint | undefined)[] = Array.from({
    length: Math.ceil((toTick - fromTick) / stepTicks),
  });
  const firstTick = feed.rows[0]?.tick ?? 0;
  let before = series.bornTick > firstTick ? 0 : Number.NaN;
  for (const { tick, cells } of feed.rows) {
    const value = sampleOf(cells[series.index], slot);
    if (value === undefined) continue;
    const grown = growth(before, value);
    if (Number.isFinite(value)) before = value;
    if (tick <= fromTick || tick > toTick) continue;
    const index = Math.ceil((tick - fromTick) / stepTicks) - 1;
    points[index] = extended(points[index], value, grown);
  }
  return points;
}

/** The points of a block's slot in the same form; what a column does not have is NaN. */
function blockPoints(series: BlockSeries, slot: number): (NaivePoint | undefined)[] {
  const column = series.columns[slot];
  if (column === undefined) throw new Error(`No slot ${slot}`);
  return Array.from(series.count, (count, k) => {
    if (count === 0) return undefined;
    const last = column.last[k] ?? Number.NaN;
    if (!isGaugeColumn(column)) {
      const unknown = { min: Number.NaN, max: Number.NaN, sum: Number.NaN };
      return { count, last, ...unknown, increase: column.increase[k] ?? Number.NaN };
    }
    return {
      count,
      last,
      min: column.min[k] ?? Number.NaN,
      max: column.max[k] ?? Number.NaN,
      sum: column.sum[k] ?? Number.NaN,
      increase: Number.NaN,
    };
  });
}

/** The first things that differ between a block and the model; empty where nothing does. `near` compares sums and increases. */
export function differences(
  feed: Pick<TestFeed, "rows">,
  wanted: readonly Series[],
  block: Block,
  near: (a: number, b: number) => boolean = Object.is,
): string[] {
  const found: string[] = [];
  for (const [index, series] of wanted.entries()) {
    const given = block.series[index];
    if (given === undefined) throw new Error(`No series ${index}`);
    const isGauge = series.info.kind === "gauge";
    for (let slot = 0; slot < series.width; slot += 1) {
      const expected = naivePoints(feed, series, slot, block, block.stepTicks);
      for (const [k, got] of blockPoints(given, slot).entries()) {
        const want = expected[k];
        if (!samePoint(want, got, isGauge, near)) {
          found.push(`${series.info.name}[${slot}] ${k}: ${show(got)} instead of ${show(want)}`);
        }
      }
    }
  }
  return found.slice(0, 5);
}

function samePoint(
  a: NaivePoint | undefined,
  b: NaivePoint | undefined,
  isGauge: boolean,
  near: (a: number, b: number) => boolean,
): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.count !== b.count || !Object.is(a.last, b.last)) return false;
  if (!isGauge) return near(a.increase, b.increase);
  return Object.is(a.min, b.min) && Object.is(a.max, b.max) && near(a.sum, b.sum);
}

function sampleOf(cell: Cell | undefined, slot: number): number | undefined {
  if (cell === undefined || typeof cell === "string") return undefined;
  return typeof cell === "number" ? cell : (cell[slot] ?? Number.NaN);
}

function growth(before: number, value: number): number {
  if (Number.isNaN(before)) return Number.NaN;
  if (!Number.isFinite(value)) return 0;
  return value < before ? value : value - before;
}

function extended(point: NaivePoint | undefined, value: number, grown: number): NaivePoint {
  if (point === undefined)
    return { count: 1, last: value, min: value, max: value, sum: value, increase: grown };
  const numbers = [point.min, value].filter((one) => !Number.isNaN(one));
  return {
    count: point.count + 1,
    last: value,
    min: numbers.length === 0 ? Number.NaN : Math.min(...numbers),
    max: Math.max(
      ...[point.max, value].filter((one) => !Number.isNaN(one)),
      ...(numbers.length === 0 ? [Number.NaN] : []),
    ),
    sum: Number.isNaN(value) ? point.sum : Number.isNaN(point.min) ? value : point.sum + value,
    increase: point.increase + grown,
  };
}

function show(point: NaivePoint | undefined): string {
  return point === undefined
    ? "absent"
    : JSON.stringify(point, (_, v) => (typeof v === "number" ? String(v) : v));
}
