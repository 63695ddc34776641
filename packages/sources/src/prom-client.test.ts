import * as prometheusIo from "@prometheus-io/client";
import * as promClient from "prom-client";
import { describe, expect, it } from "vitest";
import { unfold } from "./fold.js";
import type { Row } from "./metric-family.js";
import { type PromRegistry, promClientSource } from "./prom-client.js";
import { parsePrometheusText } from "./prometheus-text.js";

const context = { now: 0, signal: new AbortController().signal };

async function samplesOf(registry: PromRegistry) {
  const samples = await promClientSource({ registry }).read(context);
  if (!Array.isArray(samples)) throw new Error("a registry's samples come as an array");
  return [...samples];
}

// Their classes are declared apart, which keeps TypeScript from calling either; what is used here is the same in both.
const successor = prometheusIo as unknown as typeof promClient;

describe.each([
  ["prom-client", promClient],
  ["@prometheus-io/client", successor],
])("a registry of %s", (_name, { Registry, Counter, Gauge, Histogram, Summary, collectDefaultMetrics }) => {
  function registryOfAll() {
    const registry = new Registry();
    const registers = [registry];
    const labelNames = ["path"];
    const jobs = new Counter({ name: "jobs_total", help: 'Jobs\n"done" \\', labelNames, registers });
    jobs.inc({ path: 'a "quoted"\n\\path' }, 3);
    jobs.inc({ path: "b" });
    new Gauge({ name: "depth", help: "Depth.", aggregator: "max", registers }).set(-1.5);
    new Gauge({ name: "nothing", help: "Nothing.", registers }).set(Number.NaN);
    new Gauge({ name: "all", help: "All.", registers }).set(Number.POSITIVE_INFINITY);
    const wait = new Histogram({
      name: "wait_seconds",
      help: "W.",
      labelNames,
      buckets: [0.1, 1],
      registers,
    });
    for (const value of [0.05, 0.1, 0.5, 7]) wait.observe({ path: "a" }, value);
    wait.observe({ path: "b" }, 1);
    new Histogram({ name: "idle_seconds", help: "Never observed.", buckets: [1, 2], registers });
    const size = new Summary({ name: "size_bytes", help: "S.", percentiles: [0.5, 0.9], registers });
    for (const value of [1, 2, 3]) size.observe(value);
    return registry;
  }

  it("gives samples with kind, unit, help and aggregator", async () => {
    const samples = await samplesOf(registryOfAll());
    const named = (name: string) => samples.filter((sample) => sample.name === name);
    expect(named("jobs_total")).toEqual([
      {
        name: "jobs_total",
        labels: { path: 'a "quoted"\n\\path' },
        kind: "counter",
        value: 3,
        help: 'Jobs\n"done" \\',
        aggregator: "sum",
      },
      expect.objectContaining({ labels: { path: "b" }, value: 1 }),
    ]);
    expect(named("depth")).toEqual([
      { name: "depth", kind: "gauge", value: -1.5, help: "Depth.", aggregator: "max" },
    ]);
    expect(named("nothing")).toMatchObject([{ value: Number.NaN }]);
    expect(named("all")).toMatchObject([{ value: Number.POSITIVE_INFINITY }]);
  });

  it("folds histograms to one sample per label set", async () => {
    const samples = await samplesOf(registryOfAll());
    const histograms = samples.filter(({ kind }) => kind === "histogram");
    expect(histograms).toMatchObject([
      {
        labels: { path: "a" },
        unit: "seconds",
        value: { bounds: [0.1, 1], counts: [2, 1, 1], sum: 7.65, count: 4 },
      },
      { labels: { path: "b" }, value: { bounds: [0.1, 1], counts: [0, 1, 0], sum: 1, count: 1 } },
      { name: "idle_seconds", value: { bounds: [1, 2], counts: [0, 0, 0], sum: 0, count: 0 } },
    ]);
    expect(samples.some(({ name }) => /_bucket$/.test(name))).toBe(false);
  });

  it("leaves a summary as quantiles, sum and count", async () => {
    const samples = await samplesOf(registryOfAll());
    expect(samples.filter(({ name }) => name.startsWith("size_bytes"))).toMatchObject([
      { labels: { quantile: "0.5" }, kind: "gauge", value: 2, unit: "bytes" },
      { labels: { quantile: "0.9" }, kind: "gauge", value: 3 },
      { name: "size_bytes_sum", kind: "counter", value: 6, unit: "bytes" },
      { name: "size_bytes_count", kind: "counter", value: 3 },
    ]);
  });

  it("says by JSON what it says by text, row by row", async () => {
    const registry = registryOfAll();
    const text = parsePrometheusText(await registry.metrics(), { strict: true });
    const rows = text.families.flatMap((family) => family.rows);
    expect(rows).toHaveLength(24);
    expect(canonical(unfold(await samplesOf(registry)))).toEqual(canonical(rows));
  });

  it("leaves exemplars out, and keeps names where its text is OpenMetrics", async () => {
    const registry = new Registry<promClient.OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const registers = [registry];
    const exemplarLabels = { trace: "abc" };
    const options = { help: "E.", enableExemplars: true, registers };
    new Counter({ name: "jobs_total", ...options }).inc({ value: 2, exemplarLabels });
    new Histogram({ name: "wait_seconds", buckets: [1], ...options }).observe({ value: 3, exemplarLabels });
    const before = await samplesOf(registry);
    expect(await registry.metrics()).toContain('trace="abc"');
    const samples = await samplesOf(registry);
    expect(samples).toEqual(before);
    expect(samples).toMatchObject([
      { name: "jobs_total", value: 2 },
      { name: "wait_seconds", value: { bounds: [1], counts: [0, 1], sum: 3, count: 1 } },
    ]);
    expect(JSON.stringify(samples)).not.toContain("abc");
  });

  it("is read as it is at the time: metrics may come and go", async () => {
    const registry = new Registry();
    expect(await samplesOf(registry)).toEqual([]);
    new Gauge({
      name: "late",
      help: "Late.",
      registers: [registry],
      collect() {
        this.set(2);
      },
    });
    expect(await samplesOf(registry)).toMatchObject([{ name: "late", value: 2 }]);
    registry.clear();
    expect(await samplesOf(registry)).toEqual([]);
  });

  it("gives its default metrics", async () => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const samples = await samplesOf(registry);
    expect(samples.find(({ name }) => name === "process_resident_memory_bytes")).toMatchObject({
      unit: "bytes",
    });
    expect(samples.every(({ value }) => typeof value === "object" || typeof value === "number")).toBe(true);
    registry.clear();
  });

  it("rejects where a metric's collect throws", async () => {
    const registry = new Registry();
    const collect = () => {
      throw new Error("collect failed");
    };
    new Gauge({ name: "broken", help: "Broken.", registers: [registry], collect });
    await expect(samplesOf(registry)).rejects.toThrow("collect failed");
  });
});

describe("a registry that is none", () => {
  it("is taken by its shape: the registries of both libraries have it", async () => {
    const registries: PromRegistry[] = [new promClient.Registry(), new prometheusIo.Registry()];
    expect(await Promise.all(registries.map(samplesOf))).toEqual([[], []]);
  });

  it("rejects where no array comes", async () => {
    const registry = new promClient.Registry();
    Reflect.set(registry, "getMetricsAsJSON", () => Promise.resolve("no"));
    await expect(samplesOf(registry)).rejects.toThrow(TypeError);
  });

  it("leaves out what is no metric and no row", async () => {
    const values = [
      null,
      1,
      { value: "1" },
      { value: 2n },
      { value: 3, labels: null },
      { value: 4, labels: { a: 5 } },
    ];
    const getMetricsAsJSON = () => [
      {},
      { name: "a" },
      { name: 1, values: [] },
      { name: "b", type: "odd", values },
    ];
    expect(await samplesOf({ getMetricsAsJSON })).toEqual([
      { name: "b", kind: "gauge", value: 3 },
      { name: "b", kind: "gauge", value: 4, labels: { a: "5" } },
    ]);
  });
});

function canonical(rows: readonly Row[]): string[] {
  return rows
    .map(({ name, labels, value }) => JSON.stringify([name, Object.entries(labels).sort(), String(value)]))
    .sort();
}
