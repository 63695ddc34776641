import type { SeriesInfo, SeriesKind } from "@metricast/protocol";
import { type Columns, type Series, seriesState } from "../contracts/feed.js";

/** How metrics are written for scrapers: Prometheus' own text, or OpenMetrics where it is asked for. */
export interface Dialect {
  readonly contentType: string;
  readonly openMetrics: boolean;
}

const prometheusText: Dialect = {
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  openMetrics: false,
};
const openMetricsText: Dialect = {
  contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  openMetrics: true,
};

/** Of a header `Accept`: who names OpenMetrics is given it, as every scraper that does knows it as well as the other. */
export function dialectFor(accept: string): Dialect {
  return /\bapplication\/openmetrics-text\b(?!\s*;[^,]*\bq=0(\.0*)?\s*(,|$))/i.test(accept)
    ? openMetricsText
    : prometheusText;
}

/** One channel's values, and which of its series are shown: all when `shows` is absent. */
export interface ExposedColumns {
  readonly columns: Columns;
  readonly shows?: (info: SeriesInfo) => boolean;
}

interface Family {
  readonly kind: SeriesKind;
  help: string | undefined;
  readonly unit: string | undefined;
  readonly lines: string[];
  /** Label sets written: a series that two channels carry is written once, as readers refuse it twice. */
  readonly written: Set<string>;
}

/** The newest values of some channels. Stale and absent series are left out. */
export function expositionText(
  channels: Iterable<ExposedColumns>,
  { openMetrics }: Pick<Dialect, "openMetrics"> = prometheusText,
): string {
  const families = new Map<string, Family>();
  for (const { columns, shows } of channels) {
    for (const series of columns.series) {
      const isLive = columns.states[series.index] === seriesState.live;
      if (isLive && shows?.(series.info) !== false) writeSeries(families, columns, series, openMetrics);
    }
  }
  let text = "";
  for (const [name, family] of families) text += familyText(name, family, openMetrics);
  return openMetrics ? `${text}# EOF\n` : text;
}

function familyText(name: string, { kind, help, unit, lines }: Family, openMetrics: boolean): string {
  const escaped = help === undefined ? undefined : openMetrics ? escapeLabel(help) : escapeHelp(help);
  const helpLine = escaped === undefined ? "" : `# HELP ${name} ${escaped}\n`;
  // A unit may only be named where the name ends with it.
  const isNamed = openMetrics && unit !== undefined && name.endsWith(`_${unit}`);
  const unitLine = isNamed ? `# UNIT ${name} ${unit}\n` : "";
  return `${helpLine}# TYPE ${name} ${kind}\n${unitLine}${lines.join("\n")}\n`;
}

const total = "_total";

function writeSeries(
  families: Map<string, Family>,
  columns: Columns,
  series: Series,
  openMetrics: boolean,
): void {
  const { info } = series;
  const ownName = metricName(info.name);
  // OpenMetrics has a counter's family without the suffix, and every counter's sample with it.
  const isCounter = openMetrics && info.kind === "counter";
  const familyName = isCounter && ownName.endsWith(total) ? ownName.slice(0, -total.length) : ownName;
  const name = isCounter ? `${familyName}${total}` : ownName;
  const family = familyOf(families, familyName, info);
  const labels = labelText(info);
  // Two names may become one, or two channels disagree on a kind: what came first stands.
  if (family.kind !== info.kind || family.written.has(labels)) return;
  family.written.add(labels);
  family.help ??= info.help;
  if (info.kind === "histogram") writeHistogram(family.lines, name, labels, columns, series);
  else family.lines.push(`${sample(name, labels)} ${numberText(columns.values[series.slot] ?? Number.NaN)}`);
}

function familyOf(families: Map<string, Family>, name: string, info: SeriesInfo): Family {
  const known = families.get(name);
  if (known !== undefined) return known;
  const family: Family = { kind: info.kind, help: info.help, unit: info.unit, lines: [], written: new Set() };
  families.set(name, family);
  return family;
}

/** Slots hold each bucket's own count and at last the sum; the text wants counts up to each bound. */
function writeHistogram(
  lines: string[],
  name: string,
  labels: string,
  columns: Columns,
  series: Series,
): void {
  const bounds = [...(series.info.bounds ?? []), Number.POSITIVE_INFINITY];
  let count = 0;
  bounds.forEach((bound, bucket) => {
    count += columns.values[series.slot + bucket] ?? 0;
    const le = `le="${numberText(bound)}"`;
    lines.push(`${sample(`${name}_bucket`, labels === "" ? le : `${labels},${le}`)} ${numberText(count)}`);
  });
  const sum = columns.values[series.slot + bounds.length] ?? Number.NaN;
  lines.push(`${sample(`${name}_sum`, labels)} ${numberText(sum)}`);
  lines.push(`${sample(`${name}_count`, labels)} ${numberText(count)}`);
}

function sample(name: string, labels: string): string {
  return labels === "" ? name : `${name}{${labels}}`;
}

function labelText(info: SeriesInfo): string {
  const written = new Map<string, string>();
  for (const [name, value] of Object.entries(info.labels)) {
    const label = labelName(name, info.kind);
    if (!written.has(label)) written.set(label, value);
  }
  return [...written].map(([label, value]) => `${label}="${escapeLabel(value)}"`).join(",");
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

function metricName(name: string): string {
  return legalMetric.test(name) ? name : legalName(name, ":");
}

/** `le` is the format's own on a histogram. */
function labelName(name: string, kind: SeriesKind): string {
  const legal = legalLabel.test(name) ? name : legalName(name, "");
  return kind === "histogram" && legal === "le" ? "exported_le" : legal;
}

const legalMetric = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const legalLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function legalName(name: string, alsoLegal: string): string {
  const legal = [...name]
    .map((char) => (legalLabel.test(`_${char}`) || char === alsoLegal ? char : "_"))
    .join("");
  return legalMetric.test(legal) ? legal : `_${legal}`;
}
