import type { SeriesKind } from "@metricast/protocol";
import { MetricastError } from "../errors.js";
import type { Report } from "../health/reporter.js";
import type { Catalogue } from "./catalogue.js";
import { type Counter, CounterInstrument } from "./counter.js";
import { type Family, type FamilyTraits, Roster, sameBounds } from "./family.js";
import { type Gauge, GaugeInstrument } from "./gauge.js";
import { defaultBounds, type Histogram, HistogramInstrument, type HistogramOptions } from "./histogram.js";
import { isBounds } from "./histogram-value.js";
import type { Instrument, InstrumentOptions, InstrumentParts } from "./instrument.js";
import { Lineup } from "./lineup.js";
import { isLabelName, isMetricName, maxLabels } from "./name-rules.js";
import { type Reading, ReadingDraft } from "./reading.js";
import type { RejectReason } from "./rejections.js";
import { SlotBuffer } from "./slot-buffer.js";

export interface InstrumentSetParts {
  readonly channel: string;
  readonly catalogue: Catalogue;
  readonly report: Report;
  readonly countRejected: (reason: RejectReason) => void;
}

interface Defined<I> {
  readonly family: Family;
  readonly labelNames: readonly string[];
  readonly instrument: I;
}

/** What the host pushes into one channel. A definition that was given before gives the instrument of then. */
export class InstrumentSet {
  readonly roster = new Roster();
  readonly #parts: InstrumentSetParts;
  readonly #counters = new Map<string, Defined<CounterInstrument>>();
  readonly #gauges = new Map<string, Defined<GaugeInstrument>>();
  readonly #histograms = new Map<string, Defined<HistogramInstrument>>();
  readonly #slots = new SlotBuffer();
  #lineup = new Lineup();

  constructor(parts: InstrumentSetParts) {
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#counters.size + this.#gauges.size + this.#histograms.size === 0;
  }

  counter(name: string, options: InstrumentOptions = {}): Counter {
    return this.#define(this.#counters, "counter", name, options, (parts) => new CounterInstrument(parts));
  }

  gauge(name: string, options: InstrumentOptions = {}): Gauge {
    return this.#define(this.#gauges, "gauge", name, options, (parts) => new GaugeInstrument(parts));
  }

  histogram(name: string, options: HistogramOptions = {}): Histogram {
    const bounds = options.bounds ?? defaultBounds;
    if (!isBounds(bounds))
      throw invalid(name, "bounds must be finite and ascending, at least one, at most 256");
    const make = (parts: InstrumentParts) => new HistogramInstrument(parts);
    return this.#define(this.#histograms, "histogram", name, { ...options, bounds }, make);
  }

  /** Good until the next call. */
  collect(): Reading {
    const draft = new ReadingDraft(this.#lineup, this.#slots);
    for (const table of [this.#counters, this.#gauges, this.#histograms]) {
      for (const { instrument } of table.values()) instrument.collect(draft);
    }
    const reading = draft.done();
    this.#lineup = reading.lineup;
    return reading;
  }

  #define<I extends Instrument>(
    table: Map<string, Defined<I>>,
    kind: SeriesKind,
    name: string,
    options: HistogramOptions,
    make: (parts: InstrumentParts) => I,
  ): I {
    checkOptions(kind, name, options);
    const labelNames = checkedNames(name, options.labels ?? []);
    const traits = traitsOf(kind, name, options);
    const known = this.#parts.catalogue.family(name);
    if (known !== undefined) checkAgrees(known.traits, traits);
    const defined = table.get(name);
    if (defined !== undefined) {
      if (labelNames.join() !== defined.labelNames.join()) throw conflict(name, "labels");
      return defined.instrument;
    }
    const family = known ?? this.#parts.catalogue.define(traits);
    const instrument = make({
      family,
      labelNames,
      maxLabelSets: this.#parts.catalogue.maxLabelSets,
      reject: (metric, why) => this.#reject(metric, why),
    });
    table.set(name, { family, labelNames, instrument });
    return instrument;
  }

  #reject(metric: string, why: string): void {
    this.#parts.countRejected("value");
    const { channel, report } = this.#parts;
    report("warning", "MC_VALUE_INVALID", { metric, why, channel });
  }
}

function checkOptions(kind: SeriesKind, name: string, options: object): void {
  const known = ["labels", "unit", "help", "aggregator", ...(kind === "histogram" ? ["bounds"] : [])];
  const option = Object.keys(options).find((given) => !known.includes(given));
  if (option === undefined) return;
  const message = `${kind} "${name}" has no option "${option}"; it has ${known.join(", ")}`;
  throw new MetricastError("MC_OPTION_UNKNOWN", message, { name, option });
}

function traitsOf(kind: SeriesKind, name: string, options: HistogramOptions): FamilyTraits {
  const { unit, help, aggregator, bounds } = options;
  return {
    name,
    kind,
    ...(typeof unit === "string" ? { unit } : {}),
    ...(typeof help === "string" ? { help } : {}),
    ...(aggregator === undefined ? {} : { aggregator }),
    ...(bounds === undefined || kind !== "histogram" ? {} : { bounds: Object.freeze([...bounds]) }),
  };
}

/** In the order that label sets keep. */
function checkedNames(name: string, labels: readonly string[]): readonly string[] {
  if (!isMetricName(name)) throw invalid(name, "a metric name is letters, digits and _ : . -, at most 255");
  if (!Array.isArray(labels)) throw invalid(labels, "labels is a list of names");
  for (const label of labels) {
    if (!isLabelName(label)) throw invalid(label, "a label name is letters, digits and _, at most 255");
  }
  if (labels.length > maxLabels) throw invalid(name, `at most ${maxLabels} labels`);
  if (new Set(labels).size < labels.length) throw invalid(name, "a label is named twice");
  return [...labels].sort();
}

function checkAgrees(known: FamilyTraits, wanted: FamilyTraits): void {
  if (known.kind !== wanted.kind) throw conflict(wanted.name, "kind");
  if (known.unit !== wanted.unit) throw conflict(wanted.name, "unit");
  if (!sameBounds(known.bounds, wanted.bounds)) throw conflict(wanted.name, "bounds");
}

function invalid(name: unknown, why: string): MetricastError {
  const said = typeof name === "string" ? name.slice(0, 300) : `a ${typeof name}`;
  return new MetricastError("MC_NAME_INVALID", `${why}: ${JSON.stringify(said)}`, { name: said });
}

function conflict(name: string, what: "kind" | "unit" | "bounds" | "labels"): MetricastError {
  return new MetricastError("MC_KIND_CONFLICT", `${name} exists with another ${what}`, { name, what });
}
