import type { HistogramValue, Sample, Source } from "@metricast/core";
import {
  AggregationTemporality,
  AggregationType,
  type IMetricReader,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from "@opentelemetry/sdk-metrics";
import { describe, expect, it, onTestFinished } from "vitest";
import { type OpenTelemetryExporterOptions, openTelemetryExporter } from "./otel-exporter.js";
import { openTelemetryReader } from "./otel-reader.js";

const signal = new AbortController().signal;

async function samplesOf({ read }: Source): Promise<Sample[]> {
  const samples = await read({ now: 0, signal });
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return samples;
}

const exponentialView = (instrumentName: string, maxSize = 160) => ({
  instrumentName,
  aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize } } as const,
});

/** A provider with one instrument of each kind. */
function busyProvider(reader: IMetricReader) {
  const provider = new MeterProvider({ readers: [reader], views: [exponentialView("size")] });
  onTestFinished(() => provider.shutdown());
  const meter = provider.getMeter("shop");
  const orders = meter.createCounter("orders.placed", { description: "Orders.", unit: "{order}" });
  orders.add(2, { "http.route": "/a" });
  meter.createUpDownCounter("queue/depth").add(-3);
  meter.createObservableGauge("cpu.temperature", { unit: "Cel" }).addCallback((result) => result.observe(41));
  const wait = meter.createHistogram("wait", { unit: "s", advice: { explicitBucketBoundaries: [0.1, 1] } });
  for (const value of [0.05, 0.1, 0.5, 7]) wait.record(value);
  const size = meter.createHistogram("size", { unit: "By" });
  for (const value of [100, 200, 100_000]) size.record(value);
  return { provider, meter, orders, size };
}

const expected = [
  expect.objectContaining({ name: "target_info", value: 1 }),
  {
    name: "orders.placed",
    kind: "counter",
    value: 2,
    help: "Orders.",
    labels: { http_route: "/a", otel_scope_name: "shop" },
  },
  { name: "queue_depth", kind: "gauge", aggregator: "sum", value: -3, labels: { otel_scope_name: "shop" } },
  expect.objectContaining({ name: "cpu.temperature", value: 41, unit: "celsius" }),
  expect.objectContaining({
    name: "wait",
    kind: "histogram",
    unit: "seconds",
    value: { bounds: [0.1, 1], counts: [2, 1, 1], sum: 7.65, count: 4 },
  }),
  expect.objectContaining({
    name: "size",
    kind: "histogram",
    unit: "bytes",
    value: expect.objectContaining({ sum: 100_300, count: 3 }),
  }),
];

const byName = (samples: readonly Sample[]) =>
  samples.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
const order = ["target_info", "orders.placed", "queue_depth", "cpu.temperature", "wait", "size"];

describe("openTelemetryReader in a MeterProvider", () => {
  it("collects every kind of instrument when it is asked", async () => {
    const reader = openTelemetryReader();
    expect(await samplesOf(reader.source)).toEqual([]);
    const { orders } = busyProvider(reader);
    expect(byName(await samplesOf(reader.source))).toEqual(expected);
    orders.add(3, { "http.route": "/a" });
    const again = await samplesOf(reader.source);
    expect(again.find(({ name }) => name === "orders.placed")?.value).toBe(5);
  });

  it("leaves other readers their own deltas", async () => {
    const other = openTelemetryExporter();
    const reader = openTelemetryReader();
    const periodic = new PeriodicExportingMetricReader({ exporter: other });
    const provider = new MeterProvider({ readers: [periodic, reader] });
    onTestFinished(() => provider.shutdown());
    provider.getMeter("a").createCounter("n").add(1);
    await samplesOf(reader.source);
    await periodic.forceFlush();
    expect(await samplesOf(other.source)).toContainEqual(expect.objectContaining({ name: "n", value: 1 }));
  });

  it("gives the attributes of the resource as they were chosen", async () => {
    const reader = openTelemetryReader({ resourceLabels: ["service.name"], scopeLabel: false });
    const { provider } = busyProvider(reader);
    provider.getMeter("b").createCounter("other").add(1);
    const samples = await samplesOf(reader.source);
    const info = samples.find(({ name }) => name === "target_info");
    expect(info?.labels).toMatchObject({ telemetry_sdk_name: "opentelemetry" });
    const other = samples.find(({ name }) => name === "other");
    expect(other?.labels).toEqual({ service_name: expect.stringContaining("unknown_service") });
  });

  it("goes on by other callbacks where one fails, and fails where nothing is there", async () => {
    const reader = openTelemetryReader();
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    const meter = provider.getMeter("a");
    const fail = () => Promise.reject(new Error("no sensor"));
    meter.createObservableGauge("broken").addCallback(fail);
    await expect(samplesOf(reader.source)).rejects.toThrow("nothing could be collected");
    meter.createCounter("n").add(1);
    expect(await samplesOf(reader.source)).toContainEqual(expect.objectContaining({ name: "n" }));
  });

  it("ends a read whose callback hangs when the signal aborts", async () => {
    const reader = openTelemetryReader();
    const provider = new MeterProvider({ readers: [reader] });
    const meter = provider.getMeter("a");
    meter.createObservableGauge("hung").addCallback(() => new Promise(() => {}));
    const deadline = new AbortController();
    const reading = Promise.resolve(reader.source.read({ now: 0, signal: deadline.signal }));
    deadline.abort(new Error("too late"));
    await expect(reading).rejects.toThrow("too late");
  });

  it("waits for what detectors find out about the resource", async () => {
    const attributes: Record<string, unknown> = {};
    const waitForAsyncAttributes = async () => {
      await Promise.resolve();
      attributes["host.name"] = "a";
    };
    const resource = { attributes, asyncAttributesPending: true, waitForAsyncAttributes };
    const reader = openTelemetryReader();
    reader.setMetricProducer({
      collect: async () => ({ resourceMetrics: { resource, scopeMetrics: [] }, errors: [] }),
    });
    expect(await samplesOf(reader.source)).toMatchObject([{ labels: { host_name: "a" } }]);
  });

  it("is not collected by others", async () => {
    await expect(openTelemetryReader().collect()).rejects.toThrow("when its source is read");
  });

  it("has nothing after the provider was shut down", async () => {
    const reader = openTelemetryReader();
    const { provider } = busyProvider(reader);
    await provider.shutdown();
    expect(await samplesOf(reader.source)).toEqual([]);
  });

  it("follows an exponential histogram whose scale falls", async () => {
    const reader = openTelemetryReader();
    const provider = new MeterProvider({ readers: [reader], views: [exponentialView("wait", 4)] });
    onTestFinished(() => provider.shutdown());
    const wait = provider.getMeter("a").createHistogram("wait", { unit: "s" });
    let before: readonly number[] = [];
    // Four buckets for four orders of magnitude: it ends far coarser than the bounds here.
    for (const value of [1, 1.01, 1.5, 4, 20, 0.01, 300]) {
      wait.record(value);
      const sample = (await samplesOf(reader.source)).find(({ name }) => name === "wait");
      const { counts, count } = histogramOf(sample);
      expect(count).toBe(before.reduce((sum, one) => sum + one, 0) + 1);
      before.forEach((one, slot) => {
        expect(counts[slot]).toBeGreaterThanOrEqual(one);
      });
      before = counts;
    }
  });

  it("gives a histogram that has no bounds as its sum and count", async () => {
    const reader = openTelemetryReader({ scopeLabel: false });
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    const advice = { explicitBucketBoundaries: [] };
    provider.getMeter("a").createHistogram("wait", { unit: "s", advice }).record(3);
    const samples = await samplesOf(reader.source);
    expect(samples.slice(1)).toEqual([
      { name: "wait_sum", kind: "counter", unit: "seconds", value: 3, labels: {} },
      { name: "wait_count", kind: "counter", value: 1, labels: {} },
    ]);
  });
});

describe("openTelemetryExporter in a PeriodicExportingMetricReader", () => {
  function periodic(options: OpenTelemetryExporterOptions = {}) {
    const exporter = openTelemetryExporter(options);
    const typed: PushMetricExporter = exporter;
    return { exporter, reader: new PeriodicExportingMetricReader({ exporter: typed }) };
  }

  it("shows what was exported last", async () => {
    const { exporter, reader } = periodic();
    const { orders } = busyProvider(reader);
    expect(await samplesOf(exporter.source)).toEqual([]);
    await reader.forceFlush();
    expect(byName(await samplesOf(exporter.source))).toEqual(expected);
    orders.add(1, { "http.route": "/b" });
    expect(await samplesOf(exporter.source)).toHaveLength(expected.length);
    await reader.forceFlush();
    expect(await samplesOf(exporter.source)).toHaveLength(expected.length + 1);
  });

  it("is stale when nothing was exported for a while, and has nothing after the shutdown", async () => {
    let nowMs = 0;
    const { exporter, reader } = periodic({ staleAfterMs: 1_000, clock: { monotonicMs: () => nowMs } });
    const { provider } = busyProvider(reader);
    await reader.forceFlush();
    nowMs = 1_001;
    await expect(
      samplesOf({ name: "a", read: async (context) => exporter.source.read(context) }),
    ).rejects.toThrow("nothing was exported for 1000 ms");
    await reader.forceFlush();
    expect(await samplesOf(exporter.source)).toHaveLength(expected.length);
    await provider.shutdown();
    expect(await samplesOf(exporter.source)).toEqual([]);
  });

  it("refuses deltas and says which, as it does after the shutdown", async () => {
    const exporter = openTelemetryExporter();
    const results: unknown[] = [];
    const metric = {
      descriptor: { name: "n", description: "", unit: "" },
      aggregationTemporality: AggregationTemporality.DELTA,
      dataPointType: 3,
      dataPoints: [],
    };
    const metrics = {
      resource: { attributes: {} },
      scopeMetrics: [{ scope: { name: "a" }, metrics: [metric] }],
    };
    exporter.export(metrics, (result) => results.push(result));
    await exporter.shutdown();
    exporter.export(metrics, (result) => results.push(result));
    expect(results).toEqual([
      { code: 1, error: new TypeError("n is of delta temporality; cumulative is needed") },
      { code: 1, error: new Error("the exporter was shut down") },
    ]);
  });
});

function histogramOf(sample: Sample | undefined): HistogramValue {
  if (sample === undefined || typeof sample.value === "number") throw new Error("no histogram");
  return sample.value;
}
