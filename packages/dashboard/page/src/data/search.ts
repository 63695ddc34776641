import type { Metric } from "./catalogue.js";
import { formatPattern, matchesPattern, type Pattern, parsePattern } from "./pattern.js";

/** What of a metric is shown: `select` names its series for the server. */
export interface Found {
  readonly metric: Metric;
  readonly select: readonly string[];
}

export interface Search {
  /** What is wrong with the text, where it is meant as a pattern and is none. */
  readonly fault?: string;
  readonly found: readonly Found[];
}

/** A pattern says so by what only patterns have; everything else is words to look for. */
const patternSign = /[*?{]/;

/** Finds metrics by patterns of the select syntax, or by words in name, labels and help. */
export function search(text: string, metrics: readonly Metric[]): Search {
  const wanted = text.trim();
  if (wanted === "") return { found: metrics.map(whole) };
  if (patternSign.test(wanted)) return byPatterns(wanted, metrics);
  const words = wanted.toLowerCase().split(/\s+/);
  return { found: metrics.filter((metric) => hasWords(metric, words)).map(whole) };
}

function whole(metric: Metric): Found {
  return { metric, select: [metric.name] };
}

function byPatterns(text: string, metrics: readonly Metric[]): Search {
  const patterns = splitPatterns(text).map(parsePattern);
  const valid = patterns.filter((pattern) => pattern !== undefined);
  if (valid.length < patterns.length) {
    return { fault: 'no pattern: write name_*{label="value",other!="value"}', found: [] };
  }
  const found = metrics.flatMap((metric) => {
    const matching = valid.filter((pattern) => metric.series.some((info) => matchesPattern(pattern, info)));
    return matching.length > 0 ? [{ metric, select: selectOf(metric, matching) }] : [];
  });
  return { found };
}

/** The patterns' conditions, on this metric's own name. */
function selectOf({ name }: Metric, patterns: readonly Pattern[]): string[] {
  const isWhole = patterns.some(({ conditions }) => conditions.length === 0);
  return isWhole ? [name] : patterns.map(({ conditions }) => formatPattern({ glob: name, conditions }));
}

/** Patterns stand apart by spaces or commas outside of braces. */
function splitPatterns(text: string): string[] {
  const parts = text.match(/(?:[^\s,{]|\{(?:[^}"]|"(?:[^"\\]|\\.)*")*\}?)+/gs);
  return parts ?? [];
}

function hasWords(metric: Metric, words: readonly string[]): boolean {
  const line = `${metric.name} ${metric.help} ${metric.unit}`.toLowerCase();
  return words.every((word) => line.includes(word) || hasLabel(metric, word));
}

function hasLabel({ series }: Metric, word: string): boolean {
  return series.some(({ labels }) =>
    Object.entries(labels).some(([label, value]) => `${label}=${value}`.toLowerCase().includes(word)),
  );
}
