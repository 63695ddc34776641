import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { SeriesInfo } from "@metricast/protocol";

/** Metrics recorded from real processes, one row a scrape. */
export const traceNames = [
  "express-prom-client-1s",
  "express-prom-client-self-100ms",
  "node-exporter-1s",
] as const;
export type TraceName = (typeof traceNames)[number];

/** Exposition texts as the same processes gave them. */
export const expositionNames = ["express-prom-client", "node-exporter"] as const;
export type ExpositionName = (typeof expositionNames)[number];

export interface Trace {
  readonly note: string;
  /** Parsed names; the kind is read off the name (`_total`, `_count`, `_sum` and `_bucket` are counters). */
  readonly series: readonly SeriesInfo[];
  /** When the first row was read, milliseconds since the Unix epoch. */
  readonly startMs: number;
  /** Milliseconds since the row before; 0 for the first. */
  readonly dtMs: readonly number[];
  /** One value per series; `null` where it was absent. */
  readonly rows: readonly (readonly (number | null)[])[];
}

/** Reads a recorded trace, some megabytes once inflated. */
export function loadTrace(name: TraceName): Trace {
  const [head = "", ...lines] = read(`${name}.ndjson.gz`).trimEnd().split("\n");
  const { note, series } = parseHead(head);
  const rows = lines.map(parseRow);
  return {
    note,
    series: series.map(parseSeries),
    startMs: rows[0]?.[0] ?? 0,
    dtMs: rows.map((row, index) => (index === 0 ? 0 : (row[0] ?? 0))),
    rows: rows.map((row) => row.slice(1)),
  };
}

/** Three texts of one exporter, some time apart. */
export function loadExpositions(name: ExpositionName): string[] {
  return read(`${name}-raw-3-scrapes.prom.txt.gz`)
    .split(/^# ---- scrape \d+ ----\n/m)
    .filter((text) => text !== "");
}

// Sources and build are both one folder below the package, beside the fixtures.
function read(file: string): string {
  const path = new URL(`../fixtures/traces/${file}`, import.meta.url);
  return gunzipSync(readFileSync(path)).toString("utf8");
}

function parseHead(line: string): { note: string; series: string[] } {
  const head: unknown = JSON.parse(line);
  if (typeof head !== "object" || head === null || !("series" in head) || !Array.isArray(head.series)) {
    throw new Error("A trace begins with a line that names its series");
  }
  return { note: "note" in head ? String(head.note) : "", series: head.series.map(String) };
}

function parseRow(line: string): (number | null)[] {
  const row: unknown = JSON.parse(line);
  if (!Array.isArray(row)) throw new Error("A trace's row is an array");
  // Number reads "NaN", "Infinity", "-Infinity" and "-0".
  return row.map((cell: unknown) => (cell === null ? null : Number(cell)));
}

function parseSeries(text: string): SeriesInfo {
  const [, name = text, inner = ""] = /^([^{]*)\{(.*)\}$/.exec(text) ?? [];
  const labels: Record<string, string> = Object.create(null);
  for (const [, label = "", value = ""] of inner.matchAll(/([^=,]+)="((?:[^"\\]|\\.)*)"/g)) {
    labels[label] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
  }
  return { name, labels: { ...labels }, kind: /_(total|count|sum|bucket)$/.test(name) ? "counter" : "gauge" };
}
