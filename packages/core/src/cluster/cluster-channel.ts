import type { Block } from "@metricast/protocol";
import type { MetricsChannel } from "../channels/metrics-channel.js";
import { rangeStart } from "../channels/range-start.js";
import type { SeriesChannel } from "../channels/series-channel.js";
import type { Batch, Columns, Series } from "../contracts/feed.js";
import type { StoredBatch } from "../contracts/store.js";
import { formatPosition, type Position } from "../position.js";
import type { ShedState } from "../pressure/shedding.js";
import type { TokenSet } from "../views/token-set.js";
import { ChannelMerge } from "./channel-merge.js";
import type { MergeParts } from "./merge-parts.js";
import { RemoteChannel } from "./remote-channel.js";

/** Behind the epoch of a position in the merge of all: that of this instance alone is another. */
const mergedSuffix = "-c";

export interface ClusterChannelParts extends Omit<MergeParts, "own"> {
  readonly own: MetricsChannel;
  readonly epoch: string;
  /** Somebody wants the past. */
  readonly onAsked: (channel: string) => void;
  /** Whether somebody alive is called so. */
  readonly isAlive: (instance: string) => boolean;
  /** From now on it is made of other columns, tokens and history. */
  readonly onMerged: (channel: ClusterChannel) => void;
}

/**
 * A channel of all instances. While this one is alone it is that one's own: the same columns, tokens and history. When
 * another is heard of, it is a merge from that tick on, and stays one.
 */
export class ClusterChannel implements SeriesChannel {
  readonly name: string;
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly #parts: ClusterChannelParts;
  #merge: ChannelMerge | undefined;

  constructor(parts: ClusterChannelParts) {
    const { own } = parts;
    this.name = own.name;
    this.intervalMs = own.intervalMs;
    this.retentionMs = own.retentionMs;
    this.#parts = parts;
  }

  get isAlone(): boolean {
    return this.#merge === undefined;
  }

  get columns(): Columns {
    return this.#merge?.columns.columns ?? this.#parts.own.columns;
  }
  get tokens(): TokenSet {
    return this.#merge?.tokens ?? this.#parts.own.tokens;
  }
  get history(): SeriesChannel["history"] {
    return this.#merge?.history ?? this.#parts.own.history;
  }
  get headTick(): number | undefined {
    return this.#merge?.headTick ?? this.#parts.own.headTick;
  }
  get oldestTick(): number | undefined {
    const { own } = this.#parts;
    return this.#merge?.history.oldestTick(own.steps.at(-1) ?? 1) ?? own.oldestTick;
  }
  get shed(): ShedState {
    return this.#parts.own.shed;
  }
  get boundsDiffer(): boolean {
    return this.#merge?.columns.boundsDiffer ?? false;
  }
  /** Bytes beside what the own channel takes. */
  get bytes(): number {
    return this.#merge?.bytes ?? 0;
  }
  get lineage(): string {
    const { epoch } = this.#parts;
    return this.#merge === undefined ? epoch : `${epoch}${mergedSuffix}`;
  }

  knows({ epoch: lineage, number }: Position): boolean {
    const { epoch, own } = this.#parts;
    const merge = this.#merge;
    if (lineage === epoch) return number <= (merge?.aloneUntil ?? number);
    const isOfAll = lineage.endsWith(mergedSuffix);
    // Of a process before this one, alone as this one is.
    if (!isOfAll) return merge === undefined && own.epochs.has(lineage);
    const writer = lineage.slice(0, -mergedSuffix.length);
    return own.epochs.has(writer) || merge?.knows(writer) === true;
  }

  /** What came before anybody was followed here was taken from the store: who had left by then is not in it. */
  proves({ epoch: lineage, number }: Position): boolean {
    return (
      lineage.startsWith(this.#parts.epoch) ||
      number >= (this.#merge?.followedSince ?? Number.POSITIVE_INFINITY)
    );
  }

  /** Before its first tick the own series are not known, by which their past is found. */
  isLevelWith(names: readonly string[]): boolean {
    if (names.length === 0) return true;
    return this.#parts.own.headTick !== undefined && this.#merge?.isLevelWith(names) === true;
  }

  positionAt(tick: number): string {
    return formatPosition(this.lineage, tick);
  }

  holds(afterTick: number, stepTicks: number): boolean {
    return this.#merge?.history.holds(afterTick, stepTicks) ?? this.#parts.own.holds(afterTick, stepTicks);
  }

  startFor(afterTick: number, stepTicks: number): number | undefined {
    const { own } = this.#parts;
    return rangeStart(own.steps, (from, unit) => this.holds(from, unit), afterTick, stepTicks);
  }

  stepFor(everyMs: number | undefined): number {
    return this.#parts.own.stepFor(everyMs);
  }

  read(series: readonly Series[], fromTick: number, toTick: number, stepTicks: number): Block {
    return this.history.query({ series, fromTick, toTick, stepTicks });
  }

  readSoon(): void {
    this.noteAsked();
    this.#parts.own.readSoon();
  }

  ofInstance(name: string): SeriesChannel | undefined {
    const { own, isAlive } = this.#parts;
    const alive = isAlive(name);
    const merge = alive ? this.#begin() : this.#merge;
    const remote = merge?.remote(name, alive);
    return remote && new RemoteChannel(own, remote);
  }

  noteAsked(): void {
    this.#parts.onAsked(this.name);
  }

  missingIn(fromTick: number, toTick: number): readonly string[] {
    return this.#merge?.missingIn(fromTick, toTick) ?? [];
  }

  /** After the own channel has taken it. */
  takeOwn(batch: Batch): void {
    this.#merge?.takeOwn(batch);
  }

  takeRemote(name: string, stored: StoredBatch): void {
    this.#begin().takeRemote(name, stored);
  }

  /** What the store has of an instance whose chain was broken. */
  mend(name: string, stored: readonly StoredBatch[]): void {
    this.#merge?.mend(name, stored);
  }

  expect(name: string): void {
    if (this.#merge !== undefined) this.#merge.expect(name);
    else this.#begin(name);
  }

  leave(name: string): void {
    this.#merge?.leave(name);
  }

  look(): void {
    this.#merge?.look();
  }

  stop(): void {
    this.#merge?.stop();
  }

  /** `expected`: who is not in it yet, and is to be named in the first that is shown of it. */
  #begin(expected?: string): ChannelMerge {
    if (this.#merge !== undefined) return this.#merge;
    const merge = new ChannelMerge(this.#parts);
    if (expected !== undefined) merge.expect(expected);
    this.#merge = merge;
    this.#parts.onMerged(this);
    return merge;
  }
}
