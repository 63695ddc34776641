import type { Sample, Source } from "@metricast/core";
import { foldFamily } from "./fold.js";
import { type Aggregator, emptyLabels, familyType, type MetricFamily, type Row } from "./metric-family.js";

/** What a registry of `prom-client` and of `@prometheus-io/client` has in common; neither is imported. */
export interface PromRegistry {
  getMetricsAsJSON(): readonly object[] | Promise<readonly object[]>;
}

export interface PromClientSourceOptions {
  readonly registry: PromRegistry;
  /** Default `prom-client`. */
  readonly name?: string;
}

/**
 * A registry's metrics, whatever it holds at each tick: histograms folded to one series each, a summary as gauges by
 * quantile and two counters, a metric's `aggregator` as it was set. Exemplars are left out. A registry that throws makes
 * the read reject.
 */
export function promClientSource(options: PromClientSourceOptions): Source {
  const { registry, name = "prom-client" } = options;
  return {
    name,
    async read() {
      const metrics: unknown = await registry.getMetricsAsJSON();
      if (!Array.isArray(metrics)) throw new TypeError("getMetricsAsJSON() did not give an array");
      return metrics.flatMap(metricSamples);
    },
  };
}

function metricSamples(metric: unknown): Sample[] {
  const family = familyOf(metric);
  return family === undefined ? [] : foldFamily(family);
}

function familyOf(metric: unknown): MetricFamily | undefined {
  const name = field(metric, "name");
  const values = field(metric, "values");
  if (typeof name !== "string" || !Array.isArray(values)) return undefined;
  const type = field(metric, "type");
  const help = field(metric, "help");
  const aggregator = aggregatorOf(field(metric, "aggregator"));
  return {
    name,
    type: (typeof type === "string" ? familyType(type) : undefined) ?? "untyped",
    ...(typeof help === "string" ? { help } : {}),
    ...(aggregator === undefined ? {} : { aggregator }),
    rows: values.flatMap((value: unknown) => rowOf(name, value)),
  };
}

function rowOf(familyName: string, entry: unknown): Row[] {
  const name = field(entry, "metricName");
  const value = field(entry, "value");
  if (typeof value !== "number") return [];
  // One of the two libraries gives no labels where there are none.
  return [
    { name: typeof name === "string" ? name : familyName, labels: labelsOf(field(entry, "labels")), value },
  ];
}

function labelsOf(given: unknown): Readonly<Record<string, string>> {
  const labels = emptyLabels();
  if (typeof given !== "object" || given === null) return labels;
  for (const [name, value] of Object.entries(given)) labels[name] = String(value);
  return labels;
}

function aggregatorOf(word: unknown): Aggregator | undefined {
  switch (word) {
    case "sum":
    case "average":
    case "min":
    case "max":
    case "first":
    case "omit":
      return word;
    default:
      return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
