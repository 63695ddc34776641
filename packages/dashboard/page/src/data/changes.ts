import type { Columns, SeriesColumns } from "@metricast/client";
import type { Metric } from "./catalogue.js";
import { counterLine, gaugeLine, type Line, percentileLines } from "./lines.js";
import { mergeOf } from "./merge-of.js";
import type { Wish } from "./query-desk.js";
import { seriesWidth } from "./series-width.js";
import type { Span, TimeWindow } from "./time-window.js";

/** What is compared. */
export interface Comparison extends Span {
  /** What comes after it with what comes before; where it is absent, each time with what was before it. */
  readonly splitMs?: number;
}

/** What stands still is compared with as much time before it; in what is live the change may be anywhere. */
export function comparisonOf(window: TimeWindow, { fromMs, toMs }: Span): Comparison {
  if (window.mode === "live") return { fromMs, toMs };
  return { fromMs: fromMs - (toMs - fromMs), toMs, splitMs: fromMs };
}

const points = 60;

/** Asks for all metrics; tells how much each changed, by its id, once all have answered. */
export async function findChanges(
  metrics: readonly Metric[],
  instance: string,
  comparison: Comparison,
  want: (wish: Wish) => void,
): Promise<ReadonlyMap<string, number>> {
  const [from, to] = [Math.max(0, Math.floor(comparison.fromMs)), Math.ceil(comparison.toMs)];
  const scores = new Map<string, number>();
  const asked = metrics.map(
    (metric) =>
      new Promise<void>((settle) => {
        const { channel, name } = metric;
        want({
          options: { channel, select: [name], ...mergeOf(instance), from, to, points },
          width: seriesWidth(metric),
          done: (columns) => {
            scores.set(metric.id, changeOf(metric, columns, comparison.splitMs));
            settle();
          },
          failed: () => settle(),
        });
      }),
  );
  await Promise.all(asked);
  return scores;
}

/** How much the line that changed most did. */
export function changeOf(metric: Metric, { times, series }: Columns, splitMs?: number): number {
  const cuts = cutsOf(times, splitMs);
  const lines = series.flatMap((one) => lineOf(one, times, metric.intervalMs) ?? []);
  return Math.max(0, ...lines.map(({ values }) => changeWithin(new Sums(values), cuts)));
}

/** Rows from `at` up to `end`, compared with all before them. */
interface Cut {
  readonly at: number;
  readonly end: number;
}

/** Fewer points say little of what is usual. */
const fewestRows = 5;

function cutsOf(times: Float64Array, splitMs: number | undefined): Cut[] {
  const rows = times.length;
  if (splitMs !== undefined) {
    const at = times.findIndex((time) => time > splitMs);
    return at < 0 ? [] : [{ at, end: rows }];
  }
  // What changed for good, and what did for a moment.
  const places = Array.from({ length: Math.max(0, rows - 2 * fewestRows + 1) }, (_, k) => k + fewestRows);
  return places.flatMap((at) => [
    { at, end: rows },
    { at, end: at + fewestRows },
  ]);
}

function lineOf(one: SeriesColumns, times: Float64Array, intervalMs: number): Line | undefined {
  if (one.kind === "gauge") return gaugeLine(one);
  if (one.kind === "counter") return counterLine(one, times, intervalMs);
  return percentileLines([one], times, [0.99])[0];
}

/** What a value has to move by, as a share of itself, to be worth a look. */
const usualShare = 0.02;

function changeWithin(sums: Sums, cuts: readonly Cut[]): number {
  return Math.max(0, ...cuts.map(({ at, end }) => distance(sums.of(0, at), sums.of(at, end))));
}

/** Between the means, in units of how much the values usually move. */
function distance(before: Summary, after: Summary): number {
  if (before.count === 0 || after.count === 0) return 0;
  const moved = Math.abs(after.mean - before.mean);
  if (moved === 0) return 0;
  const usual = before.spread + after.spread * 0.25 + Math.abs(before.mean) * usualShare;
  return usual > 0 ? moved / usual : Number.MAX_VALUE;
}

interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly spread: number;
}

/** Sums up to each row, so that any part of a line is summed up at once. */
class Sums {
  readonly #counts: number[] = [0];
  readonly #sums: number[] = [0];
  readonly #squares: number[] = [0];
  /** Squares of what is far from zero and moves little have no digits left for it. */
  readonly #base: number;

  constructor(values: Line["values"]) {
    this.#base = values.find((value) => value !== null) ?? 0;
    for (const value of values) {
      const moved = value === null ? 0 : value - this.#base;
      this.#counts.push((this.#counts.at(-1) ?? 0) + (value === null ? 0 : 1));
      this.#sums.push((this.#sums.at(-1) ?? 0) + moved);
      this.#squares.push((this.#squares.at(-1) ?? 0) + moved ** 2);
    }
  }

  of(from: number, to: number): Summary {
    const between = (column: readonly number[]) => (column[to] ?? 0) - (column[from] ?? 0);
    const count = between(this.#counts);
    const mean = between(this.#sums) / Math.max(1, count);
    const variance = between(this.#squares) / Math.max(1, count) - mean ** 2;
    return { count, mean: mean + this.#base, spread: Math.sqrt(Math.max(0, variance)) };
  }
}
