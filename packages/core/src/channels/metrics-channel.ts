import type { Block } from "@metricast/protocol";
import type { Batch, Columns, Series } from "../contracts/feed.js";
import type { MetricsFeed } from "../feed/metrics-feed.js";
import type { ChannelHistory } from "../history/channel-history.js";
import { KnownEpochs } from "../known-epochs.js";
import type { Position } from "../position.js";
import { nothingShed, type ShedState } from "../pressure/shedding.js";
import { TokenSet } from "../views/token-set.js";
import { rangeStart } from "./range-start.js";
import type { SeriesChannel } from "./series-channel.js";

export interface MetricsChannelParts {
  readonly name: string;
  /** This writer's. */
  readonly epoch: string;
  readonly retentionMs: number;
  readonly feed: MetricsFeed;
  readonly history: ChannelHistory;
  /** Steps of the retention tiers in ticks, ascending. */
  readonly tierSteps: readonly number[];
}

/** A channel of series: what feeds it, what is kept of it, and its newest values encoded. */
export class MetricsChannel implements SeriesChannel {
  readonly kind = "metrics";
  readonly name: string;
  readonly retentionMs: number;
  readonly intervalMs: number;
  readonly feed: MetricsFeed;
  readonly history: ChannelHistory;
  /** What views are made of. */
  readonly tokens: TokenSet;
  /** Of whom its history is: this process, and those before it that the store has told of. */
  readonly epochs = new KnownEpochs();
  /** The channel of all instances; itself where there is no store, as then there are no others. */
  merged: SeriesChannel = this;
  readonly #steps: readonly number[];
  #lastBatch: Batch | undefined;
  #firstTick: number | undefined;
  #shed = nothingShed;

  constructor(parts: MetricsChannelParts) {
    this.name = parts.name;
    this.epochs.hear(parts.epoch);
    this.retentionMs = parts.retentionMs;
    this.feed = parts.feed;
    this.history = parts.history;
    this.intervalMs = parts.feed.intervalMs;
    this.tokens = new TokenSet(
      parts.feed.columns,
      (stepTicks) => (series, fromTick, toTick) => this.read(series, fromTick, toTick, stepTicks).series,
    );
    this.#steps = [1, ...parts.tierSteps.filter((step) => step > 1)];
  }

  get columns(): Columns {
    return this.feed.columns;
  }

  /** Steps it has, in ticks, ascending. */
  get steps(): readonly number[] {
    return this.#steps;
  }

  get headTick(): number | undefined {
    return this.#lastBatch?.tick;
  }

  /** The first tick of this writer: before it there was nothing to keep. */
  get firstTick(): number | undefined {
    return this.#firstTick;
  }

  /** The oldest tick that history holds at any step. */
  get oldestTick(): number | undefined {
    return this.history.oldestTick(this.#steps.at(-1) ?? 1);
  }

  /** What is left out of the channel's work while the host's event loop runs late. */
  get shed(): ShedState {
    return this.#shed;
  }

  /** No step that can be watched is left without a sample of its own, but those that are passed over whole. */
  shedTo(state: ShedState): void {
    const { everyTicks } = state;
    const [, shortest = everyTicks] = this.#steps;
    const fits = everyTicks <= shortest || everyTicks % shortest === 0;
    this.#shed = fits ? state : { ...state, everyTicks: shortest };
    this.feed.sampleEvery(this.#shed.everyTicks);
  }

  /** The newest batch goes to history, then to whoever encodes it. */
  deliver(batch: Batch): void {
    this.#lastBatch = batch;
    this.#firstTick ??= batch.tick;
    this.history.append(batch);
    this.tokens.advance(batch);
  }

  knows({ epoch }: Position): boolean {
    return this.epochs.has(epoch);
  }

  /** A process of before may have sampled what never came to the store. */
  proves({ epoch }: Position): boolean {
    return this.epochs.wasHeard(epoch);
  }

  /** Whether everything sampled after a tick is held at a step; what came before the first tick of all never was. */
  holds(afterTick: number, stepTicks: number): boolean {
    const oldest = this.history.oldestTick(stepTicks);
    return oldest !== undefined && oldest <= Math.max(afterTick + 1, this.history.firstTick ?? 0);
  }

  startFor(afterTick: number, stepTicks: number): number | undefined {
    return rangeStart(this.#steps, (from, unit) => this.holds(from, unit), afterTick, stepTicks);
  }

  /** The step in ticks for a wished time between frames: snapped up to the next the channel has. */
  stepFor(everyMs: number | undefined): number {
    const ticks = (everyMs ?? 0) / this.intervalMs;
    return this.#steps.find((step) => step >= ticks) ?? this.#steps.at(-1) ?? 1;
  }

  read(series: readonly Series[], fromTick: number, toTick: number, stepTicks: number): Block {
    return this.history.query({ series, fromTick, toTick, stepTicks });
  }

  readSoon(): void {
    this.feed.readSoon();
  }
}
