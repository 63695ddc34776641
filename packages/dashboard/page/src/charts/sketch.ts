import type { Columns, Gap, SeriesColumns } from "@metricast/client";
import { type Metric, measureOf } from "../data/catalogue.js";
import type { Shown } from "../data/feed.js";
import { heatOf } from "../data/heat.js";
import { lineNames } from "../data/line-names.js";
import { type Buckets, counterLine, gaugeLine, type Line, percentileLines, summed } from "../data/lines.js";
import type { Span } from "../data/time-window.js";
import { type ColourBook, topKeys, weightOf } from "../data/top.js";
import { formatDuration } from "../data/units.js";
import { axisRange, extentOf } from "../data/value-range.js";
import type { DrawnLine, Picture, Void } from "./picture.js";

/** How a chart is looked at. */
export interface Look {
  /** `lines`: values, or percentiles of a histogram. `each`: a percentile of each label set. */
  readonly mode: "lines" | "each" | "heat";
  readonly most: number;
  /** The only line that is shown, if any. */
  readonly isolated: string | undefined;
  readonly hidden: ReadonlySet<string>;
  /** The label by whose values series are gathered, and what does it. */
  readonly by?: { readonly label: string; readonly gather: Gather };
}

type Gather = (series: readonly SeriesColumns[]) => SeriesColumns[];

/** What a chart remembers from one picture to the next. */
export interface Memory {
  readonly colours: ColourBook;
  top: ReadonlySet<string>;
  rankedAtMs: number;
}

export interface Sketch {
  readonly picture: Picture;
  /** Label sets that are not shown. */
  readonly rest: number;
  /** Milliseconds between the newest points. */
  readonly stepMs: number;
  readonly isEmpty: boolean;
}

const shares = [0.5, 0.9, 0.99];
const rankEveryMs = 5_000;

type Histogram = Extract<SeriesColumns, { readonly kind: "histogram" }>;

/** Makes of what is held what is drawn. */
export function sketch(
  metric: Metric,
  shown: Shown,
  span: Span,
  look: Look,
  memory: Memory,
  edgeMs: number,
): Sketch {
  const columns = cut(shown.columns, span);
  const each = columns.series.filter(({ info }) => info.name === metric.name && info.kind === metric.kind);
  const own = look.by?.gather(each) ?? each;
  const histograms = own.filter((one) => one.kind === "histogram");
  const all =
    histograms.length > 0
      ? histogramLines(histograms, columns.times, look, memory, edgeMs)
      : plainLines(own, columns.times, metric.intervalMs, look, memory, edgeMs);
  const measure = measureOf(metric);
  const base = {
    times: Array.from(columns.times, (time) => time / 1_000),
    span,
    measure,
    voids: voidsOf(columns.times, shown.gaps, span, beforeWords(metric, span, edgeMs)),
  };
  const rest = histograms.length > 0 && look.mode !== "each" ? 0 : own.length - all.length;
  const stepMs = columns.times.length > 1 ? typicalStep(columns.times) : 0;
  const isEmpty = !all.some(({ values }) => values.some((value) => value !== null));
  if (look.mode === "heat" && histograms.length > 0) {
    const picture = {
      ...base,
      lines: [],
      ...heatPart(summed(histograms, columns.times.length), columns.times),
    };
    return { picture, rest, stepMs, isEmpty };
  }
  const lines = named(all, own, look, memory);
  const visible = lines.filter(({ isShown }) => isShown);
  const valueRange = axisRange(extentOf(visible, 0, columns.times.length - 1), measure);
  return { picture: { ...base, lines, valueRange }, rest, stepMs, isEmpty };
}

function heatPart(buckets: Buckets, times: Float64Array): Pick<Picture, "heat" | "valueRange"> {
  const fields = heatOf(buckets, times, 0, times.length - 1);
  return { heat: { fields, bounds: buckets.bounds }, valueRange: [0, buckets.bounds.length + 1] };
}

function plainLines(
  series: readonly SeriesColumns[],
  times: Float64Array,
  intervalMs: number,
  look: Look,
  memory: Memory,
  nowMs: number,
): Line[] {
  const lineOf = (one: SeriesColumns): Line => {
    if (one.kind === "gauge") return gaugeLine(one);
    return one.kind === "counter" ? counterLine(one, times, intervalMs) : { key: one.key, values: [] };
  };
  return heaviest(series, lineOf, look, memory, nowMs);
}

function histogramLines(
  series: readonly Histogram[],
  times: Float64Array,
  look: Look,
  memory: Memory,
  nowMs: number,
): Line[] {
  if (look.mode !== "each") return percentileLines(series, times, shares);
  const lineOf = (one: Histogram): Line => {
    const [line] = percentileLines([one], times, [0.99]);
    return { key: one.key, values: line?.values ?? [] };
  };
  return heaviest(series, lineOf, look, memory, nowMs);
}

/** The heaviest lines, in the order of their keys; which they are is asked now and then, not with every picture. */
function heaviest<Series extends { readonly key: string }>(
  series: readonly Series[],
  lineOf: (series: Series) => Line,
  { most }: Look,
  memory: Memory,
  nowMs: number,
): Line[] {
  if (series.length <= most) {
    memory.top = new Set(series.map(({ key }) => key));
    return series.toSorted(byKey).map(lineOf);
  }
  const isDue = Math.abs(nowMs - memory.rankedAtMs) > rankEveryMs || memory.top.size !== most;
  if (isDue) {
    const weights = new Map(series.map((one) => [one.key, weightOf(lineOf(one).values)]));
    memory.top = topKeys(weights, most, memory.top);
    memory.rankedAtMs = nowMs;
  }
  return series
    .filter(({ key }) => memory.top.has(key))
    .toSorted(byKey)
    .map(lineOf);
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : 1;
}

function named(
  lines: readonly Line[],
  series: readonly SeriesColumns[],
  look: Look,
  { colours }: Memory,
): DrawnLine[] {
  colours.keep(lines.map(({ key }) => key));
  const names = lineNames(new Map(series.map(({ key, info }) => [key, info])));
  return lines.map((line) => ({
    ...line,
    name: names.get(line.key) ?? line.key,
    colour: colours.of(line.key),
    isShown: look.isolated === undefined ? !look.hidden.has(line.key) : look.isolated === line.key,
  }));
}

/** Only rows within the span, and one more on either side. */
export function cut({ times, series }: Columns, { fromMs, toMs }: Span): Columns {
  const from = Math.max(0, firstFrom(times, fromMs) - 1);
  const to = Math.min(times.length, firstFrom(times, toMs) + 1);
  const rows = (column: Float64Array) => column.subarray(from, to);
  return { times: rows(times), series: series.map((one) => cutSeries(one, rows)) };
}

type Cut = (column: Float64Array) => Float64Array;

function cutSeries(one: SeriesColumns, rows: Cut): SeriesColumns {
  const count = rows(one.count);
  if (one.kind === "gauge") {
    return {
      ...one,
      count,
      last: rows(one.last),
      min: rows(one.min),
      max: rows(one.max),
      sum: rows(one.sum),
    };
  }
  if (one.kind === "counter") return { ...one, count, last: rows(one.last), increase: rows(one.increase) };
  return {
    ...one,
    count,
    slots: one.slots.map(({ last, increase }) => ({ last: rows(last), increase: rows(increase) })),
  };
}

function firstFrom(times: Float64Array, ms: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

const words: Readonly<Record<Gap["reason"], string>> = {
  not_sampled: "not sampled",
  pending: "loading…",
  slow_reader: "left out: slow connection",
  not_resumed: "server restarted",
  epoch_changed: "server restarted",
  unknown_position: "server restarted",
  expired: "no longer kept",
  ahead: "server's clock went back",
};

function beforeWords({ retentionMs }: Metric, { fromMs }: Span, edgeMs: number): string {
  return fromMs < edgeMs - retentionMs ? `oldest kept ${formatDuration(retentionMs)}` : "no history yet";
}

/** Where nothing is: before what is kept, in gaps, and after the newest point. */
export function voidsOf(
  times: Float64Array,
  gaps: readonly Gap[],
  span: Span,
  before = "no history yet",
): Void[] {
  const voids: Void[] = [];
  for (const { fromMs, toMs, reason } of gaps) {
    const isGap = reason !== "pending";
    if (toMs > span.fromMs && fromMs < span.toMs)
      voids.push({ fromMs, toMs, reason: words[reason] ?? reason, isGap });
  }
  const first = times[0];
  const last = times.at(-1);
  if (first === undefined || last === undefined) return voids;
  const stepMs = typicalStep(times);
  if (first > span.fromMs + stepMs * 2) {
    voids.unshift({ fromMs: span.fromMs, toMs: first - stepMs, reason: before, isGap: false });
  }
  if (last < span.toMs - stepMs * 2.5) {
    voids.push({ fromMs: last, toMs: span.toMs, reason: "nothing came", isGap: true });
  }
  return voids;
}

function typicalStep(times: Float64Array): number {
  const steps = [1, 2, 3, 4, 5].map((k) => (times.at(-k) ?? 0) - (times.at(-k - 1) ?? times.at(-k) ?? 0));
  return Math.max(1, ...steps.filter((step) => step > 0).slice(0, 3));
}
