import type { MetricsChannel } from "../channels/metrics-channel.js";
import type { Clock } from "../contracts/clock.js";
import type { Batch } from "../contracts/feed.js";
import type { Store, StoredBatch } from "../contracts/store.js";
import type { ChannelHistory } from "../history/channel-history.js";
import { SeriesNames } from "../history/series-names.js";
import { warmStart } from "../warm/warm-start.js";
import { ClusterChannel } from "./cluster-channel.js";
import type { Interest } from "./interest.js";
import { Mender } from "./mender.js";
import type { MergeHooks, MergeParts } from "./merge-parts.js";
import { Roster, type RosterChange, type RosterEntry } from "./roster.js";

export interface ClusterParts {
  readonly store: Pick<Store, "members" | "status" | "read">;
  readonly instance: string;
  readonly epoch: string;
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly clients: () => number;
  readonly newHistory: (channel: MetricsChannel) => ChannelHistory;
  readonly hooks: Omit<MergeHooks, "onBroken">;
  /** A channel of all is made of other tokens and columns now. */
  readonly onMerged: (channel: ClusterChannel, own: MetricsChannel) => void;
  readonly onChange: (change: RosterChange) => void;
  readonly interest: Interest;
  /** The clock of this instance is more than an interval off that of the store. */
  readonly onSkew: (clockSkewMs: number) => void;
}

export interface ClusterHealth {
  /** Who is alive, this instance first. */
  readonly instances: readonly RosterEntry[];
  /** Clients of all of them. */
  readonly clients: number;
}

/** Somebody who joins is to be known before its first tick is closed without it. */
const sweepMs = 200;

/** For its first tick, by an instance that joins. */
const longestWaitMs = 10_000;

/** The other instances, and what all of them are together. */
export class Cluster {
  readonly #parts: ClusterParts;
  readonly #names = new SeriesNames();
  readonly #roster: Roster;
  readonly #channels = new Map<string, ClusterChannel>();
  readonly #intervals = new Map<string, number>();
  /** How many pasts of others are being read. */
  #warming = 0;
  #onLevel: () => void = () => {};
  #sweptMs = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(parts: ClusterParts) {
    const { store, instance, epoch, clock } = parts;
    this.#parts = parts;
    this.#roster = new Roster({
      instance,
      epoch,
      clock,
      members: () => store.members(),
      isDegraded: () => this.#isDegraded(),
      onChange: (change) => this.#changed(change),
    });
  }

  get health(): ClusterHealth {
    const own = this.#parts.clients();
    return { instances: this.#roster.list(own), clients: this.#roster.clients(own) };
  }

  get bytes(): number {
    return [...this.#channels.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The channel of all instances that one of this instance is part of. */
  channelFor(own: MetricsChannel): ClusterChannel {
    const { instance, epoch, clock, nowMs, newHistory, hooks, onMerged, store } = this.#parts;
    const mender = new Mender({
      store,
      clock,
      onFound: (name, batches) => channel.mend(name, batches),
      onFault: hooks.onFault,
    });
    const channel: ClusterChannel = new ClusterChannel({
      own,
      instance,
      epoch,
      names: this.#names,
      clock,
      nowMs,
      isDegraded: () => this.#isDegraded(),
      newHistory: () => newHistory(own),
      onAsked: (name) => this.#parts.interest.note(name),
      isAlive: (name) => this.#roster.isLive(name),
      warm: (remote, throughTick) => this.#warm(own, remote, throughTick),
      hooks: {
        ...hooks,
        afterClose: (name, batch) => {
          hooks.afterClose(name, batch);
          this.#noteLevel();
        },
        onBroken: (name, stored) => mender.ask(name, stored),
      },
      onMerged: (merged) => {
        onMerged(merged, own);
        hooks.afterClose(own.name);
      },
    });
    this.#channels.set(own.name, channel);
    this.#intervals.set(own.name, own.intervalMs);
    return channel;
  }

  /** Whether it is up to this instance to do what one does for all. */
  get isFirst(): boolean {
    return this.#roster.isFirst;
  }

  /** Whether another instance is alive and called so. */
  isLive(name: string): boolean {
    return this.#roster.isLive(name);
  }

  /**
   * Whether others have closed the present tick by now, so that who begins with it only changes their past. Where the
   * next one is far, values now are worth that.
   */
  isLateFor({ intervalMs }: MetricsChannel): boolean {
    const { store, epoch } = this.#parts;
    return intervalMs <= longestWaitMs && store.members().some((member) => member.epoch !== epoch);
  }

  /** Resolves when the others' past is here and a tick of all is shown, so that positions that they gave out can be gone on from. */
  level(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLevel = resolve;
      this.#noteLevel();
    });
  }

  isAlone(channel: string): boolean {
    return this.#channels.get(channel)?.isAlone ?? true;
  }

  /** Whether what others store of a channel is of use here. */
  wants(channel: string): boolean {
    return this.#parts.interest.wants(channel);
  }

  /** A channel of this instance has a new tick, which is yet to be shown: who has come or gone by now? */
  look(batch: Batch): void {
    this.#roster.began(this.#timeOf(batch));
    this.#sweep();
  }

  /** A channel of this instance has a new tick, which is delivered already. */
  takeOwn(batch: Batch): void {
    this.#channels.get(batch.channel)?.takeOwn(batch);
  }

  /** Another instance stored a batch. */
  takeRemote(stored: StoredBatch): void {
    if (this.#isStopped) return;
    const channel = this.#channels.get(stored.channel);
    const name = this.#roster.heard(stored.instance, stored.epoch, this.#timeOf(stored));
    if (name !== undefined) channel?.takeRemote(name, stored);
  }

  /** The store is away, or back. */
  statusChanged(): void {
    for (const channel of this.#channels.values()) channel.look();
    this.#noteLevel();
  }

  stop(): void {
    this.#isStopped = true;
    for (const channel of this.#channels.values()) channel.stop();
  }

  #sweep(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - this.#sweptMs < sweepMs) return;
    this.#sweptMs = nowMs;
    this.#roster.sweep();
    const { clockSkewMs = 0 } = this.#parts.store.status();
    if (Math.abs(clockSkewMs) > Math.min(...this.#intervals.values())) this.#parts.onSkew(clockSkewMs);
  }

  #changed(change: RosterChange): void {
    const { type, instance } = change;
    const isLive = this.#roster.isLive(instance);
    for (const channel of this.#channels.values()) {
      if (type === "left" && !isLive) channel.leave(instance);
      // What it is about to store: named as missing until that is here.
      else if (type === "joined" && isLive && this.wants(channel.name)) channel.expect(instance);
    }
    this.#parts.onChange(change);
  }

  /** Nobody else can be heard while the store is away. */
  #noteLevel(): void {
    const { store, instance: own } = this.#parts;
    const isLevel = [...this.#channels.values()].every((channel) => {
      const others = store.members().filter(({ channels }) => channels.includes(channel.name));
      const names = others.map(({ instance }) => instance).filter((instance) => instance !== own);
      return !this.wants(channel.name) || channel.isLevelWith(names);
    });
    if (this.#isDegraded() || (isLevel && this.#warming === 0)) this.#onLevel();
  }

  async #warm(
    channel: MetricsChannel,
    remote: Parameters<MergeParts["warm"]>[0],
    throughTick: number,
  ): Promise<number | undefined> {
    const { store, hooks } = this.#parts;
    const { name: instance, history, epochs } = remote;
    const onEpoch = (epoch: string) => epochs.recall(epoch);
    const onFault = (cause: unknown) => hooks.onFault(instance, cause);
    this.#warming += 1;
    try {
      return await warmStart({ store, channel, instance, history, throughTick, onEpoch, onFault });
    } catch (cause) {
      onFault(cause);
      return undefined;
    } finally {
      this.#warming -= 1;
      this.#noteLevel();
    }
  }

  #isDegraded(): boolean {
    return this.#parts.store.status().status === "degraded";
  }

  #timeOf({ channel, tick }: { readonly channel: string; readonly tick: number }): number {
    return tick * (this.#intervals.get(channel) ?? 0);
  }
}
