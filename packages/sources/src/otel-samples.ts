import type { Sample } from "@metricast/core";
import { ExponentialFold } from "./exponential-fold.js";
import { ExponentialLattice, type ExponentialRange } from "./exponential-lattice.js";
import {
  isExponentialValue,
  isOtelHistogram,
  type OtelDescriptor,
  type OtelHistogram,
  type OtelMetric,
  type OtelMetrics,
  type OtelPoint,
  pointType,
  temporality,
} from "./otel-data.js";
import { labelsOf, metricNameOf, unitNameOf } from "./otel-names.js";

export interface OtelSampleOptions {
  /**
   * Attributes of the resource that become labels of every series, such as `service.name`. All of them are on
   * `target_info` in any case. Default none: a channel's instances are told apart by their names already.
   */
  readonly resourceLabels?: readonly string[];
  /** Whether series are told apart by `otel_scope_name`, the name of their meter. Default true. */
  readonly scopeLabel?: boolean;
  /**
   * The bounds that an instrument's exponential histograms are folded to. Default: four buckets per doubling, of
   * seconds from 8 µs to 34 min and as much of milliseconds; of bytes from 16 to 1 TB, of anything else from 0.001 to 10^9.
   */
  readonly exponential?: (descriptor: OtelDescriptor) => ExponentialRange;
}

/** What a channel holds at most of one histogram; one without bounds has no buckets to show. */
const maxBounds = 256;

/** Collected metrics as samples. It follows exponential histograms from one collection to the next. */
export class OtelSamples {
  readonly #options: Required<OtelSampleOptions>;
  readonly #lattices = new Map<string, ExponentialLattice>();
  #folds = new Map<string, ExponentialFold>();
  #foldsBefore = new Map<string, ExponentialFold>();

  constructor(options: OtelSampleOptions) {
    const { resourceLabels = [], scopeLabel = true, exponential = rangeOf } = options;
    this.#options = { resourceLabels, scopeLabel, exponential };
  }

  /** Throws where a sum or histogram is of delta temporality. */
  take({ resource, scopeMetrics }: OtelMetrics): Sample[] {
    // Histograms that are no longer collected are not followed either.
    this.#foldsBefore = this.#folds;
    this.#folds = new Map();
    const samples = [targetInfo(resource.attributes)];
    const chosen = this.#options.resourceLabels.map((name) => [name, resource.attributes[name]]);
    const ofResource = labelsOf(Object.fromEntries(chosen));
    for (const { scope, metrics } of scopeMetrics) {
      const common = this.#options.scopeLabel ? { ...ofResource, otel_scope_name: scope.name } : ofResource;
      for (const metric of metrics) this.#takeMetric(samples, metric, common, scope.name);
    }
    return samples;
  }

  #takeMetric(samples: Sample[], metric: OtelMetric, common: Record<string, string>, scope: string): void {
    const { descriptor, dataPointType, aggregationTemporality } = metric;
    if (dataPointType !== pointType.gauge && aggregationTemporality === temporality.delta) {
      throw new TypeError(`${descriptor.name} is of delta temporality; cumulative is needed`);
    }
    const about = traitsOf(metric);
    for (const point of metric.dataPoints) {
      const labels = { ...labelsOf(point.attributes), ...common };
      for (const sample of this.#pointSamples(metric, point, labels, scope)) {
        samples.push({ ...about, labels, ...sample });
      }
    }
  }

  #pointSamples(
    { descriptor, dataPointType }: OtelMetric,
    { value }: OtelPoint,
    labels: Record<string, string>,
    scope: string,
  ): Pick<Sample, "name" | "value" | "kind" | "unit">[] {
    const name = metricNameOf(descriptor.name);
    if (typeof value === "number") return [{ name, value }];
    if (dataPointType === pointType.histogram && isOtelHistogram(value)) return histogramSamples(name, value);
    if (dataPointType !== pointType.exponentialHistogram || !isExponentialValue(value)) return [];
    const key = JSON.stringify([scope, name, labels]);
    const fold = this.#foldsBefore.get(key) ?? new ExponentialFold(this.#latticeOf(descriptor));
    this.#folds.set(key, fold);
    return [{ name, kind: "histogram", value: fold.take(value) }];
  }

  #latticeOf(descriptor: OtelDescriptor): ExponentialLattice {
    const range = this.#options.exponential(descriptor);
    const key = JSON.stringify([range.scale, range.from, range.to]);
    const known = this.#lattices.get(key) ?? new ExponentialLattice(range);
    this.#lattices.set(key, known);
    return known;
  }
}

/** Under the name and with the labels that Prometheus' exporters give it. */
function targetInfo(attributes: Readonly<Record<string, unknown>>): Sample {
  return {
    name: "target_info",
    labels: labelsOf(attributes),
    value: 1,
    help: "What OpenTelemetry's resource says of this process.",
    aggregator: "max",
  };
}

function traitsOf(metric: OtelMetric): Pick<Sample, "kind" | "unit" | "help" | "aggregator"> {
  const { unit, description } = metric.descriptor;
  return {
    ...kindOf(metric),
    unit: unitNameOf(unit),
    ...(description === "" ? {} : { help: description }),
  };
}

function kindOf({ dataPointType, isMonotonic }: OtelMetric): Pick<Sample, "kind" | "aggregator"> {
  if (dataPointType !== pointType.sum) return {};
  // What goes up and down is a gauge, of which all instances have a part.
  return isMonotonic === true ? { kind: "counter" } : { kind: "gauge", aggregator: "sum" };
}

/** One that has no bounds, or too many, as what can be shown of it: how many there were, and their sum. */
function histogramSamples(name: string, { buckets, sum = 0, count }: OtelHistogram) {
  const { boundaries: bounds, counts } = buckets;
  if (bounds.length > 0 && bounds.length <= maxBounds) {
    return [{ name, kind: "histogram" as const, value: { bounds, counts, sum, count } }];
  }
  return [
    { name: `${name}_sum`, kind: "counter" as const, value: sum },
    { name: `${name}_count`, kind: "counter" as const, value: count, unit: undefined },
  ];
}

function rangeOf({ unit }: OtelDescriptor): ExponentialRange {
  switch (unit) {
    case "s":
      return { from: -17, to: 11 };
    case "ms":
      return { from: -7, to: 21 };
    case "By":
      return { from: 4, to: 40 };
    default:
      return { from: -10, to: 30 };
  }
}
