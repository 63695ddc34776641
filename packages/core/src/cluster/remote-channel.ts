import type { Block } from "@metricast/protocol";
import type { MetricsChannel } from "../channels/metrics-channel.js";
import { rangeStart } from "../channels/range-start.js";
import type { SeriesChannel } from "../channels/series-channel.js";
import type { Columns, Series } from "../contracts/feed.js";
import type { Position } from "../position.js";
import { nothingShed } from "../pressure/shedding.js";
import type { TokenSet } from "../views/token-set.js";
import type { RemoteWriter } from "./remote-writer.js";

/** A channel of another instance by itself, as far as it was followed here. */
export class RemoteChannel implements SeriesChannel {
  /** What it leaves out is not sampled: there is nothing that this instance could leave out besides. */
  readonly shed = nothingShed;
  readonly #own: MetricsChannel;
  readonly #remote: RemoteWriter;

  /** `own`: the channel of its name here, which has the same intervals and steps. */
  constructor(own: MetricsChannel, remote: RemoteWriter) {
    this.#own = own;
    this.#remote = remote;
  }

  get name(): string {
    return this.#own.name;
  }
  get intervalMs(): number {
    return this.#own.intervalMs;
  }
  get retentionMs(): number {
    return this.#own.retentionMs;
  }
  get columns(): Columns {
    return this.#remote.columns;
  }
  get tokens(): TokenSet {
    return this.#remote.tokens;
  }
  get history(): SeriesChannel["history"] {
    return this.#remote.history;
  }
  get headTick(): number | undefined {
    return this.#remote.history.headTick;
  }
  get oldestTick(): number | undefined {
    return this.#remote.history.oldestTick(this.#own.steps.at(-1) ?? 1);
  }

  /** The writer's own, so that a position is a place in it wherever it is read: at the instance itself, too. */
  get lineage(): string {
    return this.#remote.epoch ?? "";
  }

  knows({ epoch }: Position): boolean {
    return this.#remote.epochs.has(epoch);
  }

  proves({ epoch }: Position): boolean {
    return this.#remote.epochs.wasHeard(epoch);
  }

  holds(afterTick: number, stepTicks: number): boolean {
    const { history } = this.#remote;
    const oldest = history.oldestTick(stepTicks);
    const reaches = oldest !== undefined && oldest <= Math.max(afterTick + 1, history.firstTick ?? 0);
    return reaches && !this.#remote.hasLost(afterTick);
  }

  startFor(afterTick: number, stepTicks: number): number | undefined {
    return rangeStart(this.#own.steps, (from, unit) => this.holds(from, unit), afterTick, stepTicks);
  }

  stepFor(everyMs: number | undefined): number {
    return this.#own.stepFor(everyMs);
  }

  read(series: readonly Series[], fromTick: number, toTick: number, stepTicks: number): Block {
    return this.#remote.history.query({ series, fromTick, toTick, stepTicks });
  }

  /** Its sources are not here. */
  readSoon(): void {}

  /** A batch that never came was sampled all the same, which only this can say. */
  missingIn(fromTick: number, toTick: number): readonly string[] {
    return this.#remote.hasLostWithin(fromTick, toTick) ? [this.#remote.name] : [];
  }
}
