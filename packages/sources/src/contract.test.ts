import { globalAgent } from "node:http";
import type { Source, SourceContext } from "@metricast/core";
import { HttpHost, sourceContract } from "@metricast/testkit";
import {
  AggregationType,
  type IMetricReader,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { collectDefaultMetrics, Histogram, Registry } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectionPoolsSource } from "./connection-pools.js";
import { eventLoopSource } from "./event-loop.js";
import { gcSource } from "./gc.js";
import { httpTiming } from "./http.js";
import { openTelemetryExporter } from "./otel-exporter.js";
import { openTelemetryReader } from "./otel-reader.js";
import { processSource } from "./process.js";
import { promClientSource } from "./prom-client.js";
import { promClientDefaults } from "./prom-client-defaults.js";
import { runtimeResourcesSource } from "./runtime-resources.js";
import { scrapeSource } from "./scrape.js";
import { scrapeTargets } from "./scrape-targets.js";
import { undiciSource } from "./undici.js";

sourceContract("process", processSource);
sourceContract("event loop", eventLoopSource);
sourceContract("gc", gcSource);
sourceContract("http timing", () => httpTiming().source);
// What Node has active at a moment is labels.
sourceContract("runtime resources", runtimeResourcesSource, { seriesMayVanish: true });
sourceContract("connection pools", () => connectionPoolsSource({ agents: { default: globalAgent } }));

const fetched = await HttpHost.start((_req, res) => res.end());
afterAll(() => fetched.close());

sourceContract("undici", async () => {
  const source = undiciSource();
  await source.read({ now: 0, signal: new AbortController().signal });
  const headers = { connection: "close" };
  await (await fetch(`http://127.0.0.1:${fetched.port}`, { headers })).text();
  return source;
});

sourceContract("opentelemetry reader", () => {
  const reader = openTelemetryReader();
  countIn(reader);
  return reader.source;
});

sourceContract("opentelemetry exporter", async () => {
  const exporter = openTelemetryExporter();
  const reader = new PeriodicExportingMetricReader({ exporter });
  countIn(reader);
  await reader.forceFlush();
  return exporter.source;
});

function countIn(reader: IMetricReader): void {
  const type = AggregationType.EXPONENTIAL_HISTOGRAM;
  const views = [{ instrumentName: "size", aggregation: { type } as const }];
  const meter = new MeterProvider({ readers: [reader], views }).getMeter("contract");
  meter.createCounter("jobs").add(1, { "job.kind": "a" });
  meter.createHistogram("wait", { unit: "s" }).record(1);
  meter.createHistogram("size", { unit: "By" }).record(1_000);
}

const registry = new Registry();

beforeAll(() => {
  collectDefaultMetrics({ register: registry });
  new Histogram({ name: "wait_seconds", help: "W.", registers: [registry] }).observe(1);
});

afterAll(() => registry.clear());

// What Node has active at a moment is labels of a default metric.
sourceContract("prom-client", () => promClientSource({ registry }), { seriesMayVanish: true });
sourceContract(
  "default metrics of prom-client",
  () => promClientDefaults({ registry: new Registry(), collectDefaultMetrics }),
  { seriesMayVanish: true },
);

const exporter = await HttpHost.start((_req, res) => void registry.metrics().then((text) => res.end(text)));
afterAll(() => exporter.close());

sourceContract(
  "scrape",
  () => scrapeSource({ url: `http://127.0.0.1:${exporter.port}`, headers: { connection: "close" } }),
  {
    seriesMayVanish: true,
    stalled: async () => {
      const silent = await HttpHost.start(() => {});
      return {
        source: scrapeSource({ url: `http://127.0.0.1:${silent.port}` }),
        dispose: () => silent.close(),
      };
    },
  },
);

sourceContract("scrape of one target of many", async () => {
  const [target] = scrapeTargets({
    targets: [`http://127.0.0.1:${exporter.port}`],
    headers: { connection: "close" },
    relabel: [{ action: "drop", sourceLabels: ["__name__"], match: /^nodejs_active_/ }],
  });
  if (target === undefined) throw new Error("there is one");
  return target;
});

test("no source of ours gives a series that a registry's default metrics give", async () => {
  const context = { now: 0, signal: new AbortController().signal };
  const defaults = new Set((await registry.getMetricsAsJSON()).map(({ name }) => name));
  expect(defaults.size).toBeGreaterThan(20);
  for (const source of [
    processSource(),
    eventLoopSource(),
    gcSource(),
    httpTiming().source,
    runtimeResourcesSource(),
  ]) {
    for (const name of await namesOf(source, context)) expect(defaults).not.toContain(name);
    source.close?.();
  }
});

async function namesOf(source: Source, context: SourceContext): Promise<string[]> {
  const samples = await source.read(context);
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return samples.map(({ name }) => name);
}
