import type { Clock } from "../contracts/clock.js";
import type { Batch, Columns } from "../contracts/feed.js";
import type { Source, SourceFunction } from "../contracts/source.js";
import { Cost } from "../health/cost.js";
import type { Report } from "../health/reporter.js";
import type { Stats } from "../health/stats.js";
import { Catalogue } from "./catalogue.js";
import { checkedSource } from "./checked-source.js";
import { Collector } from "./collector.js";
import type { Counter } from "./counter.js";
import type { Gauge } from "./gauge.js";
import type { Histogram, HistogramOptions } from "./histogram.js";
import type { InstrumentOptions } from "./instrument.js";
import { InstrumentSet } from "./instrument-set.js";
import { Normaliser } from "./normaliser.js";
import type { Overflowed } from "./overflow-book.js";
import type { Reading } from "./reading.js";
import { Rejections, type RejectReason } from "./rejections.js";
import type { SeriesBudget } from "./series-budget.js";
import { SourceReader, type SourceState } from "./source-reader.js";
import { Ticker } from "./ticker.js";

export interface MetricsFeedParts {
  readonly channel: string;
  readonly intervalMs: number;
  /** How long a batch waits for its sources. Default: a quarter of the interval, at most 250 ms. */
  readonly deadlineMs?: number;
  readonly clock: Clock;
  readonly time: { nowMs(): number };
  readonly seriesBudget: SeriesBudget;
  readonly maxLabelSets: number;
  readonly stats: Stats;
  readonly report: Report;
  /** Whether lazy sources are to be read. */
  readonly isWanted: () => boolean;
  /** Counts the time that reading takes. */
  readonly cost?: Cost;
}

const longestDeadlineMs = 250;
const longestBackOffMs = 60_000;
const longestBackOffTicks = 16;
/** How long an absent series keeps its slots. */
const holdMs = 600_000;

/** Where the metrics of one channel come in: sources are read and instruments looked at once per tick. */
export class MetricsFeed {
  readonly intervalMs: number;
  readonly #parts: MetricsFeedParts;
  readonly #cost: Cost;
  readonly #catalogue: Catalogue;
  readonly #instruments: InstrumentSet;
  readonly #collector: Collector;
  readonly #ticker: Ticker;
  readonly #rejections = new Rejections();
  readonly #readers = new Set<SourceReader>();
  /** Sources that are gone, until the next batch says so of their series. */
  #gone: SourceReader[] = [];
  #onBatch: ((batch: Batch) => void) | undefined;
  #beforeBatch: () => void = () => {};
  #headTick: number | undefined;
  /** One tick in so many is sampled, the others are left out. */
  #everyTicks = 1;
  /** Ticks since the last batch at which there was nothing to sample. */
  #restedTicks = 0;

  constructor(parts: MetricsFeedParts) {
    const { channel, intervalMs, clock, time, report } = parts;
    this.#parts = parts;
    this.#cost = parts.cost ?? new Cost(clock);
    this.intervalMs = intervalMs;
    this.#catalogue = new Catalogue({
      budget: parts.seriesBudget,
      maxLabelSets: parts.maxLabelSets,
      holdTicks: Math.ceil(holdMs / intervalMs),
    });
    this.#instruments = new InstrumentSet({
      channel,
      catalogue: this.#catalogue,
      report,
      countRejected: (reason) => this.#countRejected(reason),
    });
    this.#collector = new Collector({
      intervalMs,
      deadlineMs: deadlineOf(parts),
      clock,
      readers: () => this.#readers,
      onClose: (tick) => this.#closeBatch(tick),
    });
    this.#ticker = new Ticker({ intervalMs, clock, time, onTick: (tick) => this.#collect(tick) });
  }

  get columns(): Columns {
    return this.#catalogue.columns;
  }

  /** The tick of the newest batch. */
  get headTick(): number | undefined {
    return this.#headTick;
  }

  /** Estimate of what columns and names take. */
  get bytes(): number {
    return this.#catalogue.bytes;
  }

  /** Dropped samples since the start, by reason. */
  get rejected(): ReadonlyMap<RejectReason, number> {
    return this.#rejections.counts;
  }

  /** Names of metrics that have more label sets than there is room for. */
  overflowing(): readonly string[] {
    return this.#catalogue.overflowing();
  }

  /** Reads it from the next tick on; answers a function that removes it. Throws MC_SOURCE_INVALID. */
  addSource(source: Source | SourceFunction): () => void {
    const checked = checkedSource(source, this.#readers.size + 1);
    const { channel, time, stats, report, isWanted, seriesBudget } = this.#parts;
    const normaliser = new Normaliser({ known: this.#catalogue, maxSamples: 2 * seriesBudget.limit });
    const reader = new SourceReader({
      channel,
      name: checked.name,
      source: checked,
      normaliser,
      backOffTicks: (failures) => this.#backOffTicks(failures),
      isWanted,
      time,
      stats,
      report,
      cost: this.#cost,
    });
    this.#readers.add(reader);
    return () => this.#remove(reader);
  }

  /** Throws MC_NAME_INVALID and MC_KIND_CONFLICT. */
  counter(name: string, options?: InstrumentOptions): Counter {
    return this.#instruments.counter(name, options);
  }

  /** Throws MC_NAME_INVALID and MC_KIND_CONFLICT. */
  gauge(name: string, options?: InstrumentOptions): Gauge {
    return this.#instruments.gauge(name, options);
  }

  /** Throws MC_NAME_INVALID and MC_KIND_CONFLICT. */
  histogram(name: string, options?: HistogramOptions): Histogram {
    return this.#instruments.histogram(name, options);
  }

  /** Reads at every tick from the present one on, or from the next. `beforeBatch`: the columns are about to move on to it. */
  start(
    onBatch: (batch: Batch) => void,
    { atOnce = true, beforeBatch = () => {} }: { atOnce?: boolean; beforeBatch?: () => void } = {},
  ): void {
    this.#onBatch = onBatch;
    this.#beforeBatch = beforeBatch;
    this.#ticker.start(atOnce);
  }

  /** Ends for good, with the tick that waits for its sources: no timer is left, no late answer is taken, sources are closed. */
  stop(): Promise<void> {
    this.#ticker.stop();
    this.#collector.finish();
    this.#onBatch = undefined;
    for (const reader of this.#readers) reader.close();
    return Promise.resolve();
  }

  /** From now on samples one tick in so many; what is between was not sampled, as after a stall. */
  sampleEvery(ticks: number): void {
    this.#everyTicks = ticks;
    this.#ticker.nameEvery(ticks);
  }

  /** Reads now where the current tick has no batch yet. */
  readSoon(): void {
    this.#ticker.fireSoon();
  }

  sourceStates(): readonly SourceState[] {
    return [...this.#readers].map((reader) => reader.state);
  }

  /** False where nothing is sampled at a tick: so it can still be when somebody comes before the next. */
  #collect(tick: number): boolean {
    if (this.#isResting()) {
      this.#restedTicks += 1;
      return false;
    }
    this.#collector.collect(tick);
    return true;
  }

  /** All there is to sample is lazy, and nobody is there. */
  #isResting(): boolean {
    if (this.#readers.size === 0 || this.#gone.length > 0 || !this.#instruments.isEmpty) return false;
    for (const reader of this.#readers) if (!reader.isResting) return false;
    return !this.#parts.isWanted();
  }

  #remove(reader: SourceReader): void {
    if (!this.#readers.delete(reader)) return;
    this.#gone.push(reader);
    reader.close();
    this.#collector.forget(reader);
  }

  #backOffTicks(failuresInARow: number): number {
    const longest = Math.min(longestBackOffTicks, Math.floor(longestBackOffMs / this.intervalMs));
    return Math.max(1, Math.min(2 ** (failuresInARow - 1), longest));
  }

  #closeBatch(tick: number): void {
    if (this.#onBatch === undefined) return;
    try {
      this.#beforeBatch();
      this.#onBatch(this.#makeBatch(tick));
    } catch (cause) {
      this.#parts.report("error", "MC_INTERNAL", { channel: this.#parts.channel, tick }, cause);
    }
  }

  #makeBatch(tick: number): Batch {
    const firstNew = this.columns.series.length;
    this.#apply(tick);
    const { changed, overflowed } = this.#catalogue.settle(tick);
    if (overflowed !== undefined) this.#tellOverflow(overflowed);
    const prev = this.#headTick;
    this.#countTick(tick, prev);
    this.#headTick = tick;
    const { channel } = this.#parts;
    const from = prev === undefined ? {} : { prev };
    return { channel, tick, ...from, columns: this.columns, changed, firstNew };
  }

  #apply(tick: number): void {
    for (const { roster } of this.#gone) this.#catalogue.markAbsent(roster, tick);
    this.#gone = [];
    this.#catalogue.apply(this.#instruments.collect(), this.#instruments.roster, tick);
    for (const reader of this.#readers) {
      const outcome = reader.takeOutcome();
      if (outcome === "kept") continue;
      if (outcome === "idle") this.#catalogue.markAbsent(reader.roster, tick);
      else if ("stale" in outcome) this.#catalogue.markStale(reader.roster, outcome.stale);
      else this.#take(outcome, reader, tick);
    }
  }

  #take(reading: Reading, reader: SourceReader, tick: number): void {
    this.#catalogue.apply(reading, reader.roster, tick);
    const { rejected } = reading;
    if (rejected.total === 0) return;
    this.#rejections.addAll(rejected);
    this.#parts.stats.samplesRejected += rejected.total;
    const { channel, report } = this.#parts;
    const reasons = Object.fromEntries(rejected.counts);
    report("warning", "MC_SOURCE_GARBAGE", { source: reader.name, channel, dropped: reasons });
  }

  #tellOverflow({ samples, metric, reason }: Overflowed): void {
    const { channel, report, stats } = this.#parts;
    stats.samplesOverflowed += samples;
    const code = reason === "memory" ? "MC_MEMORY_BUDGET" : "MC_SERIES_LIMIT";
    report("warning", code, { channel, metric, limit: reason, samples });
  }

  #countTick(tick: number, prev: number | undefined): void {
    const { stats } = this.#parts;
    stats.ticks += 1;
    if (prev === undefined) return;
    const between = tick - prev - 1 - this.#restedTicks;
    const leftOut = Math.min(between, this.#everyTicks - 1);
    this.#restedTicks = 0;
    stats.ticksShed += leftOut;
    stats.ticksMissed += between - leftOut;
  }

  #countRejected(reason: RejectReason): void {
    this.#rejections.add(reason);
    this.#parts.stats.samplesRejected += 1;
  }
}

/** Never as long as the interval: each batch closes before the next one opens. */
function deadlineOf({ deadlineMs, intervalMs }: MetricsFeedParts): number {
  return Math.min(deadlineMs ?? Math.min(intervalMs / 4, longestDeadlineMs), intervalMs / 2);
}
