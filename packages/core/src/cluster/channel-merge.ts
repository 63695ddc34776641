import type { Batch, Series } from "../contracts/feed.js";
import type { StoredBatch } from "../contracts/store.js";
import { TokenSet } from "../views/token-set.js";
import { LocalWriter } from "./local-writer.js";
import type { MergeParts } from "./merge-parts.js";
import { MergedColumns } from "./merged-columns.js";
import { type HistoryPart, MergedHistory } from "./merged-history.js";
import { MergedTicks } from "./merged-ticks.js";
import { MissingLog } from "./missing-log.js";
import { RemoteWriter } from "./remote-writer.js";
import { Revision } from "./revision.js";
import type { WriterBatch } from "./writer-columns.js";

/** Instances that left, whose past is kept. */
const maxGone = 64;

/** One channel of all instances: takes their batches, closes ticks, and holds what views of it are made of. */
export class ChannelMerge {
  readonly columns: MergedColumns;
  readonly tokens: TokenSet;
  readonly history: MergedHistory;
  /** This instance was alone up to this tick, which is the first of the merge as well: what is shown does not stop. */
  readonly aloneUntil: number;
  /** What others told after this tick was followed as it came. */
  readonly followedSince: number;
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
    this.followedSince = own.headTick ?? Math.floor(nowMs() / intervalMs);
    this.#own = new LocalWriter(instance, own.columns);
    this.columns = new MergedColumns(name, names);
    this.columns.add(instance, () => this.#own, "is shown");
    this.tokens = new TokenSet(this.columns.columns, (stepTicks) => (series, fromTick, toTick) => {
      return this.history.query({ series, fromTick, toTick, stepTicks }).series;
    });
    const close = (tick: number, missing: readonly string[]) => this.#close(tick, missing);
    this.#ticks = new MergedTicks({ intervalMs, clock, nowMs, isDegraded, close }, this.aloneUntil);
    this.#ticks.join(instance, true);
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
    if (this.#ticks.arrived(this.#own.name, batch.tick)) return;
    this.#readOwn(batch.tick, false);
    this.#revision.note(batch.tick - 1, batch.tick);
  }

  takeRemote(name: string, stored: StoredBatch): void {
    const { hooks } = this.#parts;
    const remote = this.#present(name);
    // Under another name than its own it is not known what is its.
    if (!remote.isWarm && name === stored.instance) void this.#warm(remote, stored);
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
    this.#present(name);
    // What is shown of the tick at which the merge begins is without it.
    if (this.#headTick === this.aloneUntil) this.#missing.add(this.aloneUntil, name);
  }

  /** An instance has left: nobody waits for it, and its gauges go with it, once the ticks are closed that it told of. */
  leave(name: string): void {
    const remote = this.#remotes.get(name);
    if (!remote?.isLive) return;
    remote.isLive = false;
    this.#ticks.leave(name);
    this.#letGo();
  }

  /** Whether ticks of a process are among those of the others. */
  knows(epoch: string): boolean {
    for (const { epochs } of this.#remotes.values()) if (epochs.has(epoch)) return true;
    return false;
  }

  /** Whether a tick is shown of these instances, each of which was heard. */
  isLevelWith(names: readonly string[]): boolean {
    const isHeard = (name: string) => this.#remotes.get(name)?.epoch !== undefined;
    return this.#headTick !== undefined && names.every(isHeard);
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
    this.#letGo();
    if (this.columns.boundsDiffer === this.#boundsDiffer) return;
    this.#boundsDiffer = true;
    hooks.onBounds(own.name);
  }

  /** Whose batch of a tick never came, or cannot be read, though later ones did. */
  #lostAt(tick: number, missing: readonly string[]): string[] {
    const losers = [...this.#remotes.values()].filter(
      (remote) => remote.isLive && remote.hasLostWithin(tick - 1, tick),
    );
    return losers.map(({ name }) => name).filter((name) => !missing.includes(name));
  }

  #advance(tick: number): Batch {
    const batch = this.columns.close(tick);
    this.#headTick = tick;
    this.tokens.advance(batch);
    this.#revision.show(tick);
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
    const newest = await this.#parts.warm(remote, tick - 1);
    if (newest === undefined || this.#remotes.get(remote.name) !== remote) return;
    // What lies between has not come to the store, or is lost; of one that has only begun there is nothing.
    if (prev !== undefined && prev > newest) remote.lose(newest, tick - 1);
    this.#revision.note((remote.history.firstTick ?? tick) - 1, tick);
  }

  #present(name: string): RemoteWriter {
    const remote = this.#remotes.get(name) ?? this.#welcome(name);
    if (!remote.isLive) this.#ticks.join(name);
    remote.isLive = true;
    return remote;
  }

  /** Those that left, and whose last tick is closed. */
  #letGo(): void {
    const done = [...this.#remotes.values()].filter(
      ({ name, isLive, isWaiting }) => !isLive && !isWaiting && this.columns.has(name),
    );
    for (const { name, history } of done) {
      this.columns.remove(name);
      history.rest();
    }
    if (done.length > 0) this.#forgetGone();
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
