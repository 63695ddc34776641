import { type Clock, type Sample, type Source, systemClock } from "@metricast/core";
import { type OtelMetrics, temporality } from "./otel-data.js";
import { type OtelSampleOptions, OtelSamples } from "./otel-samples.js";

export interface OpenTelemetryExporterOptions extends OtelSampleOptions {
  /** Default `opentelemetry`. */
  readonly name?: string;
  /** Without an export for so long its series are stale. Default 150,000: two and a half times what the SDK waits by default. */
  readonly staleAfterMs?: number;
  readonly clock?: Pick<Clock, "monotonicMs">;
}

/** How an export ended: code 0 is success. */
export interface OtelExportResult {
  code: number;
  error?: Error;
}

/** A push exporter for a `PeriodicExportingMetricReader`, and the source that shows what was exported last. */
export interface OpenTelemetryExporter {
  readonly source: Source;
  export(metrics: OtelMetrics, done: (result: OtelExportResult) => void): void;
  selectAggregationTemporality(): 1;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * OpenTelemetry's metrics as a periodic reader exports them: `new PeriodicExportingMetricReader({ exporter })` and
 * `sources: [exporter.source]`. Values are as old as that reader's interval; `openTelemetryReader` has those of the tick.
 */
export function openTelemetryExporter(options: OpenTelemetryExporterOptions = {}): OpenTelemetryExporter {
  return new Exporter(options);
}

const defaultStaleAfterMs = 150_000;

class Exporter implements OpenTelemetryExporter {
  readonly source: Source;
  readonly #samples: OtelSamples;
  readonly #staleAfterMs: number;
  readonly #clock: Pick<Clock, "monotonicMs">;
  #latest: { readonly samples: readonly Sample[]; readonly atMs: number } | undefined;
  #isShutDown = false;

  constructor(options: OpenTelemetryExporterOptions) {
    const { name = "opentelemetry", staleAfterMs = defaultStaleAfterMs, clock = systemClock } = options;
    this.#samples = new OtelSamples(options);
    this.#staleAfterMs = staleAfterMs;
    this.#clock = clock;
    this.source = { name, read: () => this.#read() };
  }

  export(metrics: OtelMetrics, done: (result: OtelExportResult) => void): void {
    done(this.#take(metrics));
  }

  selectAggregationTemporality() {
    return temporality.cumulative;
  }

  async forceFlush(): Promise<void> {}

  /** The reader exports once more before it calls this. From here on there is nothing to read. */
  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    this.#latest = undefined;
  }

  #take(metrics: OtelMetrics): OtelExportResult {
    if (this.#isShutDown) return { code: 1, error: new Error("the exporter was shut down") };
    try {
      this.#latest = { samples: this.#samples.take(metrics), atMs: this.#clock.monotonicMs() };
      return { code: 0 };
    } catch (error) {
      return { code: 1, error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  #read(): readonly Sample[] {
    if (this.#latest === undefined) return [];
    const { samples, atMs } = this.#latest;
    if (this.#clock.monotonicMs() - atMs <= this.#staleAfterMs) return samples;
    throw new Error(`nothing was exported for ${this.#staleAfterMs} ms`);
  }
}
