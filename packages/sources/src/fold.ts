import type { HistogramValue, Sample } from "@metricast/core";
import { emptyLabels, type MetricFamily, type Row } from "./metric-family.js";
import { readNumber, writeBound } from "./prometheus-number.js";
import { unitOf } from "./unit.js";

/** What one histogram of a channel may have. */
const maxBounds = 256;

/**
 * A family as samples: a histogram's `_bucket`, `_sum` and `_count` rows become one sample with each bucket's own
 * count. Rows that do not make a whole histogram stay the rows they are; nothing is lost.
 */
export function foldFamily(family: MetricFamily): Sample[] {
  if (family.type === "histogram") return foldHistograms(family);
  return rowSamples(family, family.rows);
}

/** The rows that samples stand for in Prometheus' classic form; what `foldFamily` did, undone. */
export function unfold(samples: Iterable<Sample>): Row[] {
  const rows: Row[] = [];
  for (const { name, labels = {}, value } of samples) {
    if (typeof value === "number") rows.push({ name, labels, value });
    else rows.push(...unfoldHistogram(name, labels, value));
  }
  return rows;
}

interface HistogramRows {
  readonly labels: Readonly<Record<string, string>>;
  readonly labelCount: number;
  readonly rows: Row[];
  /** Cumulative count by upper bound. */
  readonly buckets: Map<number, number>;
  sum?: number;
  count?: number;
  /** A bound given twice or unreadable, or a row that belongs to no histogram. */
  broken: boolean;
}

function foldHistograms(family: MetricFamily): Sample[] {
  const groups = new Map<string, HistogramRows>();
  let group: HistogramRows | undefined;
  for (const row of family.rows) {
    // Rows of one histogram nearly always come together: no key is made for each.
    if (group === undefined || !isOfGroup(row.labels, group)) group = groupOf(groups, row.labels);
    group.rows.push(row);
    takeRow(group, row, row.name.slice(family.name.length));
  }
  const samples: Sample[] = [];
  const traits = about(family, family.name);
  for (const group of groups.values()) {
    const value = histogramOf(group);
    if (value === undefined) {
      samples.push(...rowSamples(family, group.rows));
      continue;
    }
    const labels = Object.keys(group.labels).length === 0 ? {} : { labels: group.labels };
    samples.push({ name: family.name, ...labels, kind: "histogram", value, ...traits });
    // The time of creation is no part of the distribution.
    samples.push(...rowSamples(family, group.rows.filter(isCreated)));
  }
  return samples;
}

function groupOf(groups: Map<string, HistogramRows>, rowLabels: Row["labels"]): HistogramRows {
  const labels = withoutBound(rowLabels);
  const key = labelKey(labels);
  const known = groups.get(key);
  if (known !== undefined) return known;
  const labelCount = Object.keys(labels).length;
  const group: HistogramRows = { labels, labelCount, rows: [], buckets: new Map(), broken: false };
  groups.set(key, group);
  return group;
}

function isOfGroup(rowLabels: Row["labels"], { labels, labelCount }: HistogramRows): boolean {
  let count = 0;
  for (const name in rowLabels) {
    if (name === "le") continue;
    if (rowLabels[name] !== labels[name]) return false;
    count += 1;
  }
  return count === labelCount;
}

function takeRow(group: HistogramRows, row: Row, suffix: string): void {
  const bound = boundOf(row);
  if (suffix === "_bucket" && typeof bound === "number" && !group.buckets.has(bound)) {
    group.buckets.set(bound, row.value);
  } else if (suffix === "_sum" && bound === undefined && group.sum === undefined) {
    group.sum = row.value;
  } else if (suffix === "_count" && bound === undefined && group.count === undefined) {
    group.count = row.value;
  } else if (suffix !== "_created") {
    group.broken = true;
  }
}

/** Undefined where there is no `le`, "bad" where it is no upper bound. */
function boundOf({ labels }: Row): number | "bad" | undefined {
  if (!Object.hasOwn(labels, "le")) return undefined;
  const bound = readNumber(String(labels.le));
  return bound !== undefined && bound > Number.NEGATIVE_INFINITY ? bound : "bad";
}

function histogramOf({ buckets, sum, count, broken }: HistogramRows): HistogramValue | undefined {
  // Where both are there and an exporter read them at different moments, the buckets are believed.
  const total = buckets.get(Number.POSITIVE_INFINITY) ?? count;
  if (broken || sum === undefined || total === undefined) return undefined;
  const bounds = [...buckets.keys()].filter((bound) => bound !== Number.POSITIVE_INFINITY);
  if (bounds.length === 0 || bounds.length > maxBounds) return undefined;
  bounds.sort((a, b) => a - b);
  const counts: number[] = [];
  let below = 0;
  for (const cumulative of [...bounds.map((bound) => buckets.get(bound) ?? 0), total]) {
    if (!(cumulative >= 0 && cumulative < Number.POSITIVE_INFINITY)) return undefined;
    // Buckets read one after the other can be out of step by a few; a count is never negative.
    counts.push(Math.max(0, cumulative - below));
    below = Math.max(below, cumulative);
  }
  return { bounds, counts, sum, count: below };
}

function unfoldHistogram(
  name: string,
  labels: Readonly<Record<string, string>>,
  value: HistogramValue,
): Row[] {
  const rows: Row[] = [];
  let cumulative = 0;
  value.bounds.forEach((bound, index) => {
    cumulative += value.counts[index] ?? 0;
    rows.push({ name: `${name}_bucket`, labels: withBound(labels, bound), value: cumulative });
  });
  const all = withBound(labels, Number.POSITIVE_INFINITY);
  rows.push({ name: `${name}_bucket`, labels: all, value: value.count });
  rows.push({ name: `${name}_sum`, labels, value: value.sum });
  rows.push({ name: `${name}_count`, labels, value: value.count });
  return rows;
}

function rowSamples(family: MetricFamily, rows: readonly Row[]): Sample[] {
  // A family has few names and may have thousands of rows.
  const traits = new Map<string, Pick<Sample, "kind" | "help" | "unit" | "aggregator">>();
  return rows.map((row) => {
    const { name, labels, value } = row;
    const known = traits.get(name) ?? { kind: rowKind(family, row), ...about(family, name) };
    traits.set(name, known);
    const { kind, unit, help, aggregator } = known;
    // One shape for all: spreading what is known costs more than everything else that is done for a row.
    return { name, labels: isEmpty(labels) ? undefined : labels, value, kind, unit, help, aggregator };
  });
}

function isEmpty(labels: Readonly<Record<string, string>>): boolean {
  for (const _ in labels) return false;
  return true;
}

function rowKind(family: MetricFamily, row: Row): "counter" | "gauge" {
  if (isCreated(row) && row.name !== family.name) return "gauge";
  if (family.type === "counter") return "counter";
  const counts = family.type === "summary" || family.type === "histogram";
  return counts && row.name !== family.name ? "counter" : "gauge";
}

/** Help, unit and aggregator of a family's series called `name`. */
function about(family: MetricFamily, name: string): Pick<Sample, "help" | "unit" | "aggregator"> {
  const unit = unitOfRow(family, name);
  const aggregator = aggregatorOf(family, name);
  return {
    ...(unit === undefined ? {} : { unit }),
    ...(family.help ? { help: family.help } : {}),
    ...(aggregator === undefined ? {} : { aggregator }),
  };
}

function unitOfRow(family: MetricFamily, name: string): string | undefined {
  if (name === family.name) return family.unit ?? unitOf(name);
  if (isCreated({ name })) return "seconds";
  if (name.endsWith("_count") || name.endsWith("_bucket")) return undefined;
  return family.unit ?? unitOf(name);
}

function aggregatorOf(family: MetricFamily, name: string): Sample["aggregator"] {
  const quantile = family.type === "summary" && name === family.name;
  // prom-client says `sum` for all that said nothing; the sum of two instances' quantiles means nothing.
  if (quantile && (family.aggregator ?? "sum") === "sum") return "average";
  return family.aggregator;
}

function isCreated({ name }: Pick<Row, "name">): boolean {
  return name.endsWith("_created");
}

function withoutBound(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const rest = emptyLabels();
  for (const [name, value] of Object.entries(labels)) if (name !== "le") rest[name] = value;
  return rest;
}

function withBound(
  labels: Readonly<Record<string, string>>,
  bound: number,
): Readonly<Record<string, string>> {
  const all = emptyLabels();
  for (const [name, value] of Object.entries(labels)) all[name] = value;
  all.le = writeBound(bound);
  return all;
}

function labelKey(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
