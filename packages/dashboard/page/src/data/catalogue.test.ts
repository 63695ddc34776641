import { expect, test } from "vitest";
import { measureOf, metricsOf, unitOf } from "./catalogue.js";

const channel = (
  series: { name: string; labels?: Record<string, string>; kind?: "gauge" | "counter" }[],
) => ({
  channel: "metrics",
  kind: "metrics" as const,
  intervalMs: 1_000,
  retentionMs: 86_400_000,
  series: series.map(({ labels = {}, kind = "gauge" as const, name }) => ({ name, labels, kind })),
});

test("all series of a name are one metric", () => {
  const metrics = metricsOf([
    channel([{ name: "a", labels: { k: "1" } }, { name: "b" }, { name: "a", labels: { k: "2" } }]),
  ]);
  expect(metrics.map(({ id, series }) => [id, series.length])).toEqual([
    ["metrics/a", 2],
    ["metrics/b", 1],
  ]);
});

test("series of another kind than the first of their name are left out", () => {
  const [metric] = metricsOf([channel([{ name: "a" }, { name: "a", labels: { k: "1" }, kind: "counter" }])]);
  expect(metric).toMatchObject({ kind: "gauge", series: [{ labels: {} }] });
});

test("channels of events have no metrics", () => {
  expect(metricsOf([{ channel: "events", kind: "events", retentionMs: 1, series: [] }])).toEqual([]);
});

test.each([
  ["node_memory_free_bytes", undefined, "bytes"],
  ["node_cpu_seconds_total", undefined, "seconds"],
  ["cpu_ratio", undefined, "ratio"],
  ["bytes_sent", undefined, ""],
  ["size", "By", "bytes"],
  ["anything_seconds", "euros", "euros"],
  ["requests_total", undefined, ""],
])("the unit of %s given as %s is %s", (name, unit, expected) => {
  expect(unitOf({ name, ...(unit !== undefined && { unit }) })).toBe(expected);
});

test("a counter is per second, a gauge is not", () => {
  expect(measureOf({ kind: "counter", unit: "bytes" })).toEqual({ unit: "bytes", isRate: true });
  expect(measureOf({ kind: "gauge", unit: "bytes" })).toEqual({ unit: "bytes", isRate: false });
});
