import type { Sample, Source } from "@metricast/core";
import { beforeAbort } from "./before-abort.js";
import { type OtelMetrics, type OtelResource, temporality } from "./otel-data.js";
import { type OtelSampleOptions, OtelSamples } from "./otel-samples.js";

export interface OpenTelemetryReaderOptions extends OtelSampleOptions {
  /** Default `opentelemetry`. */
  readonly name?: string;
  /** Collected only while somebody watches the channel; default false. */
  readonly lazy?: boolean;
  /** Label sets that the SDK keeps apart for one instrument. Default 2,000, its own. */
  readonly cardinalityLimit?: number;
}

/** What a `MeterProvider` gives a reader. */
export interface OtelProducer {
  collect(): Promise<{ readonly resourceMetrics: OtelMetrics; readonly errors: readonly unknown[] }>;
}

/** A reader for a `MeterProvider`, and the source that asks it. */
export interface OpenTelemetryReader {
  readonly source: Source;
  setMetricProducer(producer: OtelProducer): void;
  selectAggregation(): { readonly type: 0 };
  selectAggregationTemporality(): 1;
  selectCardinalityLimit(): number;
  /** Rejects: who wants the values reads the source. */
  collect(): Promise<never>;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * OpenTelemetry's metrics, collected at each tick: `new MeterProvider({ readers: [reader] })` and
 * `sources: [reader.source]`. It has no timer, and other readers of the provider are not touched. Where nothing could be
 * collected the read fails with the reason.
 */
export function openTelemetryReader(options: OpenTelemetryReaderOptions = {}): OpenTelemetryReader {
  return new Reader(options);
}

class Reader implements OpenTelemetryReader {
  readonly source: Source;
  readonly #samples: OtelSamples;
  readonly #cardinalityLimit: number;
  #producer: OtelProducer | undefined;

  constructor(options: OpenTelemetryReaderOptions) {
    const { name = "opentelemetry", lazy = false, cardinalityLimit = 2_000 } = options;
    this.#samples = new OtelSamples(options);
    this.#cardinalityLimit = cardinalityLimit;
    this.source = { name, lazy, read: ({ signal }) => this.#read(signal) };
  }

  setMetricProducer(producer: OtelProducer): void {
    this.#producer = producer;
  }

  /** As the instrument is meant to be; views decide otherwise. */
  selectAggregation() {
    return { type: 0 } as const;
  }

  selectAggregationTemporality() {
    return temporality.cumulative;
  }

  selectCardinalityLimit(): number {
    return this.#cardinalityLimit;
  }

  async collect(): Promise<never> {
    throw new Error("metricast collects when its source is read");
  }

  async forceFlush(): Promise<void> {}

  /** From here on there is nothing to read: the series are absent. */
  async shutdown(): Promise<void> {
    this.#producer = undefined;
  }

  async #read(signal: AbortSignal): Promise<Sample[]> {
    if (this.#producer === undefined) return [];
    const { resourceMetrics, errors } = await beforeAbort(this.#producer.collect(), signal);
    const { resource } = resourceMetrics;
    // Attributes that come later would begin every series anew.
    if (resource.asyncAttributesPending) await beforeAbort(settled(resource), signal);
    if (resourceMetrics.scopeMetrics.length === 0 && errors.length > 0) {
      throw new Error("nothing could be collected", { cause: errors[0] });
    }
    return this.#samples.take(resourceMetrics);
  }
}

async function settled(resource: OtelResource): Promise<void> {
  await resource.waitForAsyncAttributes?.();
}
