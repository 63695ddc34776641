import type { SeriesColumns } from "@metricast/client";
import { percentile } from "./percentile.js";

/** A column of a chart: null where there is nothing, so that the line ends there. */
export type Cells = (number | null)[];

export interface Line {
  /** The same for as long as the line is there. */
  readonly key: string;
  readonly values: Cells;
  /** The least and the most within each point; absent where that is the value itself. */
  readonly low?: Cells;
  readonly high?: Cells;
}

type Of<Kind> = Extract<SeriesColumns, { readonly kind: Kind }>;

/** The mean of each point, between its least and its most. */
export function gaugeLine({ key, count, last, min, max, sum }: Of<"gauge">): Line {
  const values: Cells = [];
  const low: Cells = [];
  const high: Cells = [];
  let isWide = false;
  for (let row = 0; row < count.length; row++) {
    const samples = count[row] ?? 0;
    const least = cell(samples, min[row]);
    const most = cell(samples, max[row]);
    const mean = least === most ? least : cell(samples, (sum[row] ?? Number.NaN) / samples);
    values.push(mean ?? cell(samples, last[row]));
    low.push(least);
    high.push(most);
    isWide ||= least !== most;
  }
  return isWide ? { key, values, low, high } : { key, values };
}

/**
 * What a counter grew by each second. Where it is first seen with all that it ever counted nobody knows since when: a scraped
 * one began long ago.
 */
export function counterLine(
  { key, count, last, increase }: Of<"counter">,
  times: Float64Array,
  intervalMs: number,
): Line {
  const values: Cells = [];
  const lengths = new RowLengths(times, intervalMs);
  for (let row = 0; row < count.length; row++) {
    const seconds = lengths.secondsOf(row, count[row] ?? 0);
    const grown = increase[row] ?? Number.NaN;
    const isFirstSeen = grown > 0 && grown === last[row] && !((count[row - 1] ?? 0) > 0);
    values.push(seconds > 0 && !isFirstSeen ? cell(1, grown / seconds) : null);
  }
  return { key, values };
}

/**
 * How long the time is that a point's increase is of: back to the point before it that was there, and never shorter than
 * its samples, as a coarser point may begin before the finer one that it follows.
 */
class RowLengths {
  readonly #times: Float64Array;
  readonly #intervalMs: number;
  #lastMs = Number.POSITIVE_INFINITY;

  constructor(times: Float64Array, intervalMs: number) {
    this.#times = times;
    this.#intervalMs = intervalMs;
  }

  secondsOf(row: number, samples: number): number {
    if (samples === 0) return 0;
    const timeMs = this.#times[row] ?? 0;
    const lengthMs = Math.max(timeMs - this.#lastMs, samples * this.#intervalMs);
    this.#lastMs = timeMs;
    return lengthMs / 1_000;
  }
}

/** Observations that a percentile is of: one second's are too few to say much. */
const percentileWindowMs = 10_000;

/** Lines of percentiles over all these series; those whose bounds differ from the first's are left out. */
export function percentileLines(
  series: readonly Of<"histogram">[],
  times: Float64Array,
  shares: readonly number[],
): Line[] {
  const buckets = summed(series, times.length);
  const lines = shares.map((share) => ({ key: `p${share * 100}`, values: noCells() }));
  const window = new SlidingCounts(buckets, times);
  for (let row = 0; row < times.length; row++) {
    const counts = window.moveTo(row);
    for (const [k, { values }] of lines.entries()) {
      const isThere = buckets.isThere[row] === 1;
      values.push(isThere ? cell(1, percentile(buckets.bounds, counts, shares[k] ?? 0)) : null);
    }
  }
  return lines;
}

export interface Buckets {
  readonly bounds: readonly number[];
  /** By bucket: what each row adds to it. */
  readonly columns: readonly Float64Array[];
  /** 1 where a row has a point. */
  readonly isThere: Uint8Array;
}

/** All series' observations together. */
export function summed(series: readonly Of<"histogram">[], rows: number): Buckets {
  const bounds = series[0]?.info.bounds ?? [];
  const columns = Array.from({ length: bounds.length + 1 }, () => new Float64Array(rows));
  const isThere = new Uint8Array(rows);
  const same = JSON.stringify(bounds);
  for (const { info, count, slots } of series) {
    if (info.bounds !== bounds && JSON.stringify(info.bounds ?? []) !== same) continue;
    for (let row = 0; row < rows; row++) if ((count[row] ?? 0) > 0) isThere[row] = 1;
    for (const [bucket, column] of columns.entries()) add(column, slots[bucket]?.increase);
  }
  return { bounds, columns, isThere };
}

function add(column: Float64Array, increase: Float64Array | undefined): void {
  if (!increase) return;
  for (let row = 0; row < column.length; row++) {
    const grown = increase[row] ?? 0;
    // What is not known adds nothing.
    if (grown > 0) column[row] = (column[row] ?? 0) + grown;
  }
}

/** Sums of the rows that are within the window of a row; goes forward only. */
class SlidingCounts {
  readonly #buckets: Buckets;
  readonly #times: Float64Array;
  readonly #counts: Float64Array;
  #oldest = 0;

  constructor(buckets: Buckets, times: Float64Array) {
    this.#buckets = buckets;
    this.#times = times;
    this.#counts = new Float64Array(buckets.columns.length);
  }

  moveTo(row: number): Float64Array {
    this.#change(row, 1);
    const fromMs = (this.#times[row] ?? 0) - percentileWindowMs;
    while (this.#oldest < row && (this.#times[this.#oldest] ?? 0) <= fromMs) this.#change(this.#oldest++, -1);
    return this.#counts;
  }

  #change(row: number, sign: number): void {
    for (const [k, column] of this.#buckets.columns.entries()) {
      this.#counts[k] = (this.#counts[k] ?? 0) + sign * (column[row] ?? 0);
    }
  }
}

function cell(samples: number, value: number | undefined): number | null {
  return samples > 0 && value !== undefined && Number.isFinite(value) ? value : null;
}

function noCells(): Cells {
  return [];
}
