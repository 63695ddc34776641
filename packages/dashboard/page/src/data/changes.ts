import type { Columns, SeriesColumns } from "@metricast/client";
import type { Metric } from "./catalogue.js";
import { counterLine, gaugeLine, type Line, percentileLines } from "./lines.js";
import type { Wish } from "./query-desk.js";
import { seriesWidth } from "./series-width.js";
import type { Span, TimeWindow } from "./time-window.js";
import { meanOf } from "./top.js";

/** Two times to compare. */
export interface Comparison {
  readonly before: Span;
  readonly after: Span;
}

/** What stands still is compared with as much time before it; of what is live, its newer half with its older one. */
export function comparisonOf(window: TimeWindow, { fromMs, toMs }: Span): Comparison {
  const lengthMs = toMs - fromMs;
  const splitMs = window.mode === "fixed" ? fromMs : fromMs + lengthMs / 2;
  const startMs = window.mode === "fixed" ? fromMs - lengthMs : fromMs;
  return { before: { fromMs: startMs, toMs: splitMs }, after: { fromMs: splitMs, toMs } };
}

const points = 60;

/** Asks for all metrics; tells how much each changed, by its id, once all have answered. */
export async function findChanges(
  metrics: readonly Metric[],
  comparison: Comparison,
  want: (wish: Wish) => void,
): Promise<ReadonlyMap<string, number>> {
  const [from, to] = [Math.max(0, Math.floor(comparison.before.fromMs)), Math.ceil(comparison.after.toMs)];
  const scores = new Map<string, number>();
  const asked = metrics.map(
    (metric) =>
      new Promise<void>((settle) => {
        const { channel, name } = metric;
        want({
          options: { channel, select: [name], from, to, points },
          width: seriesWidth(metric),
          done: (columns) => {
            scores.set(metric.id, changeOf(metric, columns, comparison.after.fromMs));
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
export function changeOf(metric: Metric, { times, series }: Columns, splitMs: number): number {
  const lines = series.flatMap((one) => lineOf(one, times, metric.intervalMs) ?? []);
  const split = times.findIndex((time) => time > splitMs);
  if (split < 0) return 0;
  return Math.max(0, ...lines.map(({ values }) => distance(values.slice(0, split), values.slice(split))));
}

function lineOf(one: SeriesColumns, times: Float64Array, intervalMs: number): Line | undefined {
  if (one.kind === "gauge") return gaugeLine(one);
  if (one.kind === "counter") return counterLine(one, times, intervalMs);
  return percentileLines([one], times, [0.99])[0];
}

type Values = readonly (number | null)[];

/** What a value has to move by, as a share of itself, to be worth a look. */
const usualShare = 0.02;

/** Between the means, in units of how much the values usually move. */
function distance(before: Values, after: Values): number {
  const [first, second] = [meanOf([...before]), meanOf([...after])];
  if (first === null || second === null) return 0;
  const usual = spread(before, first) + spread(after, second) * 0.25 + Math.abs(first) * usualShare;
  const moved = Math.abs(second - first);
  if (moved === 0) return 0;
  return usual > 0 ? moved / usual : Number.MAX_VALUE;
}

function spread(values: Values, mean: number): number {
  const squares = values.map((value) => value && (value - mean) ** 2);
  return Math.sqrt(meanOf(squares.map((square, k) => (values[k] === null ? null : square))) ?? 0);
}
