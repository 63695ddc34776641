import { isAggregator, type Sample, type Source } from "@metricast/core";
import { foldFamily } from "./fold.js";
import { emptyLabels, familyType, type MetricFamily, type Row } from "./metric-family.js";

/** What a registry of `prom-client` and of `@prometheus-io/client` has in common; neither is imported. */
export interface PromRegistry {
  getMetricsAsJSON(): readonly object[] | Promise<readonly object[]>;
  readonly contentType?: string;
}

export interface PromClientSourceOptions {
  readonly registry: PromRegistry;
  /** Default `prom-client`. */
  readonly name?: string;
  /** Read only while somebody watches the channel; default false. */
  readonly lazy?: boolean;
}

/**
 * A registry's metrics, whatever it holds at each tick: histograms folded to one series each, a summary as gauges by
 * quantile and two counters, a metric's `aggregator` as it was set. Exemplars are left out. A registry that throws makes
 * the read reject.
 */
export function promClientSource(options: PromClientSourceOptions): Source {
  const { registry, name = "prom-client", lazy = false } = options;
  return {
    name,
    lazy,
    async read() {
      const metrics: unknown = await registry.getMetricsAsJSON();
      if (!Array.isArray(metrics)) throw new TypeError("getMetricsAsJSON() did not give an array");
      return samplesOf(metrics, isOpenMetrics(registry));
    },
  };
}

function isOpenMetrics({ contentType = "" }: PromRegistry): boolean {
  return contentType.startsWith("application/openmetrics-text");
}

function samplesOf(metrics: readonly unknown[], isOpen: boolean): Sample[] {
  const samples: Sample[] = [];
  for (const metric of metrics) {
    const family = familyOf(metric, isOpen);
    if (family !== undefined) for (const sample of foldFamily(family)) samples.push(sample);
  }
  return samples;
}

function familyOf(metric: unknown, isOpen: boolean): MetricFamily | undefined {
  if (!isObject(metric)) return undefined;
  const { name: given, values, type, help } = metric;
  if (typeof given !== "string" || !Array.isArray(values)) return undefined;
  // Writing its text as OpenMetrics, a registry takes `_total` off its counters' names, for good.
  const name = isOpen && type === "counter" && !given.endsWith("_total") ? `${given}_total` : given;
  const { aggregator } = metric;
  return {
    name,
    type: (typeof type === "string" ? familyType(type) : undefined) ?? "untyped",
    ...(typeof help === "string" ? { help } : {}),
    ...(isAggregator(aggregator) ? { aggregator } : {}),
    rows: rowsOf(name, values),
  };
}

function rowsOf(familyName: string, values: readonly unknown[]): Row[] {
  const rows: Row[] = [];
  for (const entry of values) {
    if (!isObject(entry)) continue;
    const { metricName, labels, value } = entry;
    if (typeof value !== "number") continue;
    const name = typeof metricName === "string" ? metricName : familyName;
    rows.push({ name, labels: labelsOf(labels), value });
  }
  return rows;
}

/** As given where all values are strings already; one of the two libraries gives no labels where there are none. */
function labelsOf(given: unknown): Readonly<Record<string, string>> {
  if (!isObject(given)) return emptyLabels();
  return isTexts(given) ? given : textsOf(given);
}

function isTexts(given: Readonly<Record<string, unknown>>): given is Readonly<Record<string, string>> {
  for (const name in given) if (typeof given[name] !== "string") return false;
  return true;
}

function textsOf(given: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const labels = emptyLabels();
  for (const [name, value] of Object.entries(given)) labels[name] = String(value);
  return labels;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
