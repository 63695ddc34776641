import type { LatestValue, SeriesColumns } from "@metricast/client";
import { formatValue } from "./format-value.js";

/** One series as the terminal shows it. */
export interface WatchedRow {
  readonly key: string;
  readonly value: string;
  /** What the sparkline draws: values, or growth per second. */
  readonly history: readonly number[];
}

/** Gauges as they are; counters and histograms as growth per second, as their totals say little. */
export function watchedRow(
  key: string,
  latest: LatestValue,
  columns: SeriesColumns | undefined,
  times: Float64Array,
): WatchedRow {
  const history = columns ? historyOf(columns, times) : [];
  return { key, history, value: latest.stale ? `stale: ${latest.stale}` : shown(latest, history) };
}

function shown({ info, value }: LatestValue, history: readonly number[]): string {
  if (info.kind === "gauge") return formatValue(value, info.unit);
  const rate = history.at(-1);
  if (rate === undefined || Number.isNaN(rate))
    return formatValue(value, info.kind === "counter" ? info.unit : undefined);
  return `${formatValue(rate, info.kind === "counter" ? info.unit : undefined)}/s`;
}

function historyOf(columns: SeriesColumns, times: Float64Array): readonly number[] {
  if (columns.kind === "gauge") return absentAsNaN(columns.last, columns.count);
  const slots = columns.kind === "counter" ? [columns] : columns.slots.slice(0, -1);
  return perSecond(
    sumOf(
      slots.map(({ increase }) => increase),
      times.length,
    ),
    times,
  );
}

function absentAsNaN(values: Float64Array, count: Float64Array): number[] {
  return Array.from(values, (value, k) => (count[k] === 0 ? Number.NaN : value));
}

function sumOf(columns: readonly Float64Array[], length: number): number[] {
  return Array.from({ length }, (_, k) =>
    columns.reduce((sum, column) => sum + (column[k] ?? Number.NaN), 0),
  );
}

function perSecond(increases: readonly number[], times: Float64Array): number[] {
  return increases.map(
    (increase, k) => (increase * 1_000) / ((times[k] ?? 0) - (times[k - 1] ?? Number.NaN)),
  );
}
