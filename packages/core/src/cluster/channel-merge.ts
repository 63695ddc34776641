import type { Clock } from "../contracts/clock.js";
import type { Batch, Series } from "../contracts/feed.js";
import type { StoredBatch } from "../contracts/store.js";
import type { ChannelHistory } from "../history/channel-history.js";
import type { SeriesNames } from "../history/series-names.js";
import { TokenSet } from "../views/token-set.js";
import { LocalWriter } from "./local-writer.js";
import { MergedColumns } from "./merged-columns.js";
import { type HistoryPart, MergedHistory } from "./merged-history.js";
import { MergedTicks } from "./merged-ticks.js";
import { MissingLog } from "./missing-log.js";
import { RemoteWriter } from "./remote-writer.js";
import { Revision } from "./revision.js";
import type { WriterBatch } from "./writer-columns.js";

/** What the merge needs of the channel of this instance. */
export interface OwnChannel {
  readonly name: string;
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly columns: Batch["columns"];
  readonly history: ChannelHistory;
  readonly headTick: number | undefined;
  readonly firstTick: number | undefined;
}

export interface MergeHooks {
  /** Values are about to move on. */
  readonly beforeClose: () => void;
  /** All instances have a new tick; without a batch it is the last again, made of other columns. */
  readonly afterClose: (channel: string, batch?: Batch) => void;
  /** Another instance, which somebody watches by its name, has a new tick. */
  readonly afterRead: (channel: string, instance: string) => void;
  /** What was told of (fromTick, toTick] has changed. */
  readonly onRevised: (channel: string, fromTick: number, toTick: number) => void;
  /** Histograms of one name have different bounds. */
  readonly onBounds: (channel: string) => void;
  /** A batch came that nothing leads up to. */
  readonly onBroken: (instance: string, stored: StoredBatch) => void;
  /** What another instance stored cannot be read. */
  readonly onFault: (instance: string, cause: unknown) => void;
}

export interface MergeParts {
  readonly own: OwnChannel;
  readonly instance: string;
  readonly names: SeriesNames;
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly isDegraded: () => boolean;
  readonly newHistory: () => ChannelHistory;
  /** Restores what an instance kept before it was heard of; gives the newest tick of that. Never rejects. */
  readonly warm: (
    instance: string,
    history: ChannelHistory,
    throughTick: number,
  ) => Promise<number | undefined>;
  readonly hooks: MergeHooks;
}

/** Instances that left, whose past is kept. */
const maxGone = 64;

/** One channel of all instances: takes their batches, closes ticks, and holds what views of it are made of. */
export class ChannelMerge {
  readonly columns: MergedColumns;
  readonly tokens: TokenSet;
  readonly history: MergedHistory;
  /** This instance was alone up to this tick, which is the first of the merge as well: what is shown does not stop. */
  readonly aloneUntil: number;
  readonly #parts: MergeParts;
  readonly #own: LocalWriter;
  readonly #ticks: MergedTicks;
  readonly #remotes = new Map<string, RemoteWriter>();
  readonly #missing = new MissingLog();
  readonly #revision: Revision;
  #headTick: number | undefined;
  #boundsDiffer = false;

  constructor(parts: MergeParts) {
    const { own, instance, names, clock, nowMs, isDegraded, hooks } = parts;
    const { name, intervalMs } = own;
    this.#parts = parts;
    this.aloneUntil = own.headTick ?? 0;
    this.#own = new LocalWriter(instance, own.columns);
    this.columns = new MergedColumns(name, names);
    this.columns.add(instance, () => this.#own, "is shown");
    this.tokens = new TokenSet(this.columns.columns, (stepTicks) => (series, fromTick, toTick) => {
      return this.history.query({ series, fromTick, toTick, stepTicks }).series;
    });
    const close = (tick: number, missing: readonly string[]) => this.#close(tick, missing);
    this.#ticks = new MergedTicks({ intervalMs, clock, nowMs, isDegraded, close }, this.aloneUntil);
    this.#ticks.join(instance);
    this.#revision = new Revision(clock, intervalMs, (from, to) => hooks.onRevised(name, from, to));
    this.history = new MergedHistory({
      names,
      parts: () => this.#historyParts(),
      sourceOf: (series) => this.columns.mergedOf(series)?.sourceInfo ?? series.info,
      totalsAt: (series, tick) =>
        tick === this.#headTick ? this.columns.mergedOf(series)?.totals : undefined,
    });
    if (own.headTick !== undefined) this.#advance(own.headTick);
  }

  get headTick(): number | undefined {
    return this.#headTick;
  }

  get bytes(): number {
    const remotes = [...this.#remotes.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    return this.columns.bytes + this.tokens.bytes + remotes;
  }

  takeOwn(batch: Batch): void {
    this.#own.take(batch);
    const isOpen = this.#ticks.arrived(this.#own.name, batch.tick);
    if (!isOpen) this.#readOwn(batch.tick, false);
  }

  takeRemote(name: string, stored: StoredBatch): void {
    const { hooks } = this.#parts;
    const known = this.#remotes.get(name);
    const remote = known ?? this.#welcome(name);
    // Under another name than its own it is not known what is its.
    if (!remote.isWarm && name === stored.instance) void this.#warm(remote, stored);
    if (!remote.isLive) this.#rejoin(remote);
    const isRead = remote.take(stored, (batch) => this.#onRead(remote, batch, false));
    if (!isRead) hooks.onBroken(name, stored);
    if (!isRead || this.#ticks.arrived(name, stored.tick)) return;
    remote.readTo(stored.tick, (batch) => this.#onRead(remote, batch, false));
    this.#revision.note(stored.tick - 1, stored.tick);
  }

  /** The store was asked for what an instance's broken chain lacks. */
  mend(name: string, stored: readonly StoredBatch[]): void {
    const remote = this.#remotes.get(name);
    const fromTick = stored.findLast(({ keyframe }) => keyframe)?.tick;
    const toTick = remote?.mend(stored, (batch) => this.#onRead(remote, batch, false));
    if (remote === undefined || fromTick === undefined || toTick === undefined) return;
    this.#ticks.arrived(name, toTick);
    const { closed } = this.#ticks;
    remote.readTo(closed, (batch) => this.#onRead(remote, batch, false));
    if (fromTick <= closed) this.#revision.note(fromTick - 1, Math.min(toTick, closed));
  }

  /** What is known of an instance by its name; `isAlive`: it is on the roster, though it may not have been heard yet. */
  remote(name: string, isAlive: boolean): RemoteWriter | undefined {
    return this.#remotes.get(name) ?? (isAlive ? this.#welcome(name) : undefined);
  }

  /** An instance has joined, and its first batch is on its way. */
  expect(name: string): void {
    const remote = this.#remotes.get(name) ?? this.#welcome(name);
    if (!remote.isLive) this.#rejoin(remote);
    // What is shown of the tick at which the merge begins is without it.
    if (this.#headTick === this.aloneUntil) this.#missing.add(this.aloneUntil, name);
  }

  /** An instance has left: nobody waits for it, and its gauges go with it, once the ticks are closed that it told of. */
  leave(name: string): void {
    const remote = this.#remotes.get(name);
    if (!remote?.isLive) return;
    remote.isLive = false;
    this.#ticks.leave(name);
    if (!remote.isWaiting) this.#depart(remote);
  }

  /** Whether nobody need be waited for may have changed. */
  look(): void {
    this.#ticks.look();
  }

  missingIn(fromTick: number, toTick: number): readonly string[] {
    return this.#missing.within(fromTick, toTick);
  }

  stop(): void {
    this.#ticks.stop();
    this.#revision.stop();
    for (const { history } of this.#remotes.values()) history.close();
    this.#remotes.clear();
  }

  #close(tick: number, missing: readonly string[]): void {
    const { hooks, own } = this.#parts;
    hooks.beforeClose();
    this.#readOwn(tick, true);
    for (const remote of this.#remotes.values()) {
      remote.readTo(tick, (batch) => this.#onRead(remote, batch, batch.tick === tick));
    }
    this.#missing.note(tick, [...missing, ...this.#lostAt(tick, missing)].sort());
    hooks.afterClose(own.name, this.#advance(tick));
    this.#departDone();
    if (this.columns.boundsDiffer === this.#boundsDiffer) return;
    this.#boundsDiffer = true;
    hooks.onBounds(own.name);
  }

  /** Whose batch of a tick never came, or cannot be read, though later ones did. */
  #lostAt(tick: number, missing: readonly string[]): string[] {
    return [...this.#remotes.values()].flatMap((remote) => {
      const hasLost = remote.isLive && remote.hasLostWithin(tick - 1, tick);
      return hasLost && !missing.includes(remote.name) ? [remote.name] : [];
    });
  }

  #advance(tick: number): Batch {
    const batch = this.columns.close(tick);
    this.#headTick = tick;
    this.tokens.advance(batch);
    return batch;
  }

  #readOwn(tick: number, isClosing: boolean): void {
    const bornAfter = this.#parts.own.firstTick ?? Number.POSITIVE_INFINITY;
    this.#own.readTo(tick, (batch) => {
      this.columns.take(this.#own.name, batch, bornAfter, isClosing && batch.tick === tick);
    });
  }

  #onRead(remote: RemoteWriter, batch: WriterBatch, counts: boolean): void {
    const { own, hooks } = this.#parts;
    if (!remote.tokens.isIdle) hooks.afterRead(own.name, remote.name);
    if (this.columns.has(remote.name)) this.columns.take(remote.name, batch, 0, counts);
    else if (remote.isLive)
      this.columns.add(remote.name, () => remote.columns, counts && batch.isOfNext ? "goes on" : "is new");
  }

  #welcome(name: string): RemoteWriter {
    const { names, newHistory, hooks } = this.#parts;
    const remote: RemoteWriter = new RemoteWriter({
      name,
      names,
      history: newHistory(),
      beforeRead: () => {
        if (!remote.tokens.isIdle) hooks.beforeClose();
      },
      onFault: (cause) => hooks.onFault(name, cause),
    });
    this.#remotes.set(name, remote);
    this.#ticks.join(name);
    return remote;
  }

  async #warm(remote: RemoteWriter, { tick, prev }: StoredBatch): Promise<void> {
    remote.isWarm = true;
    const newest = await this.#parts.warm(remote.name, remote.history, tick - 1);
    if (newest === undefined || this.#remotes.get(remote.name) !== remote) return;
    // What lies between has not come to the store, or is lost; of one that has only begun there is nothing.
    if (prev !== undefined && prev > newest) remote.lose(newest, tick - 1);
    this.#revision.note((remote.history.firstTick ?? tick) - 1, tick);
  }

  #rejoin(remote: RemoteWriter): void {
    remote.isLive = true;
    this.#ticks.join(remote.name);
  }

  #departDone(): void {
    for (const remote of this.#remotes.values()) {
      if (!remote.isLive && !remote.isWaiting && this.columns.has(remote.name)) this.#depart(remote);
    }
  }

  #depart(remote: RemoteWriter): void {
    this.columns.remove(remote.name);
    remote.history.rest();
    this.#forgetGone();
  }

  #forgetGone(): void {
    const { own, nowMs } = this.#parts;
    const oldest = (nowMs() - own.retentionMs) / own.intervalMs;
    const gone = [...this.#remotes.values()].filter(({ isLive }) => !isLive);
    gone.sort((a, b) => (b.history.headTick ?? 0) - (a.history.headTick ?? 0));
    for (const [at, { name, history, tokens }] of gone.entries()) {
      if (!tokens.isIdle || (at < maxGone && (history.headTick ?? 0) > oldest)) continue;
      history.close();
      this.columns.forget(name);
      this.#remotes.delete(name);
    }
  }

  #historyParts(): HistoryPart[] {
    const { own, instance } = this.#parts;
    const { columns } = this;
    const self: HistoryPart = {
      name: instance,
      history: own.history,
      series: own.columns.series,
      seriesOf: (key): Series | undefined => columns.ownSeriesOf(instance, key),
      hasLost: () => false,
    };
    const remotes = [...this.#remotes.values()].map(
      (remote): HistoryPart => ({
        name: remote.name,
        history: remote.history,
        series: remote.columns.series,
        seriesOf: (key) => remote.seriesOf(key),
        hasLost: (afterTick) => remote.hasLost(afterTick),
      }),
    );
    return [self, ...remotes].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
