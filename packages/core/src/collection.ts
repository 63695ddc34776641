import type { MergeWish } from "@metricast/protocol";
import { atMost } from "./at-most.js";
import { buildChannels } from "./channels/build-channels.js";
import type { Channel } from "./channels/channel.js";
import type { MetricsChannel } from "./channels/metrics-channel.js";
import { eventsChannel } from "./channels/pick-channel.js";
import type { Cluster } from "./cluster/cluster.js";
import type { EventExchange } from "./cluster/event-exchange.js";
import type { RosterChange } from "./cluster/roster.js";
import { wireCluster } from "./cluster/wire-cluster.js";
import { systemChannel, wireEvents } from "./cluster/wire-events.js";
import type { Batch } from "./contracts/feed.js";
import type { Store, StoredBatch, StoredBlock, StorePeer, StoreStatus } from "./contracts/store.js";
import { SeriesBudget } from "./feed/series-budget.js";
import { MemoryBudget } from "./history/budget.js";
import type { SealedBlock } from "./history/sealed.js";
import { Replication } from "./replication.js";
import type { Services } from "./services.js";
import { ViewRegistry } from "./views/view-registry.js";
import { warmStart } from "./warm/warm-start.js";

export interface CollectionHooks {
  /** Values are about to move on. */
  readonly beforeBatch: () => void;
  /** A channel has a new tick: for its views of these series, or for all. */
  readonly afterBatch: (channel: string, of?: MergeWish) => void;
  /** A channel of this instance has a new tick, or that of all instances; it is delivered already. */
  readonly onTick: (batch: Batch, merge: "cluster" | "instance") => void;
  /** There are new events. */
  readonly afterEvents: () => void;
  /** The past of a channel of all instances has changed. */
  readonly onRevised: (channel: string, fromTick: number, toTick: number) => void;
  /** Histograms of instances could not be merged. */
  readonly onBounds: (channel: string) => void;
  /** The store is there, or there again. */
  readonly onStore: (store: Store) => Promise<void>;
  /** How many clients are served. */
  readonly clients: () => number;
}

/** How long the first tick waits for what a store has kept. */
const warmStartMs = 2_000;

/** The side where metrics come in: channels, what is kept of them, their views, and the store behind. */
export class Collection {
  readonly channels: ReadonlyMap<string, Channel>;
  readonly views: ViewRegistry;
  readonly seriesBudget: SeriesBudget;
  readonly memory: MemoryBudget;
  readonly #services: Services;
  readonly #hooks: CollectionHooks;
  readonly #replications = new Map<string, Replication>();
  /** The other instances; undefined where there is no store to know them by. */
  readonly cluster: Cluster | undefined;
  readonly exchange: EventExchange | undefined;
  /** How the store knows this instance; it may be shared with others. */
  #peer: StorePeer | undefined;
  /** Settles when what earlier processes kept is restored; undefined where that is still to be begun. */
  #restored: Promise<void> | undefined;
  /** Bytes of names, events and frame logs as the budget knows them. */
  #accountedBytes = 0;

  constructor(services: Services, hooks: CollectionHooks) {
    const { options, epoch, time, stats, reporter, cost, pressure } = services;
    this.#services = services;
    this.#hooks = hooks;
    this.seriesBudget = new SeriesBudget(options.maxSeries);
    this.memory = new MemoryBudget(options.memoryBudgetBytes, (exhausted) => this.#refuseSeries(exhausted));
    this.views = new ViewRegistry({
      epoch,
      maxViews: options.maxViews,
      lingerMs: options.viewLingerMs,
      logBounds: { maxFrames: options.frameLogFrames, maxBytes: options.frameLogBytes },
    });
    this.channels = buildChannels({
      options,
      epoch,
      clock: options.clock,
      time,
      seriesBudget: this.seriesBudget,
      memory: this.memory,
      stats,
      report: reporter.report,
      cost,
      isWanted: (channel) => this.views.isWanted(channel, options.clock.monotonicMs()),
      onSeal: (channel, block) => this.#seal(channel, block),
    });
    this.cluster = options.given.store && this.#makeCluster(options.given.store);
    this.exchange =
      options.given.store && wireEvents(services, options.given.store, this.channels, hooks.afterEvents);
    pressure.onChange((state) => {
      for (const channel of this.metricsChannels()) channel.shedTo(state);
    });
  }

  *metricsChannels(): Generator<MetricsChannel> {
    for (const channel of this.channels.values()) if (channel.kind === "metrics") yield channel;
  }

  /**
   * Opens the store, takes from it what earlier processes kept, then lets the channels tick. A store that cannot be opened is
   * reported; local service goes on.
   */
  async start(): Promise<void> {
    await this.#openStore();
    await this.#warm();
    for (const channel of this.metricsChannels()) {
      const atOnce = this.cluster?.isLateFor(channel) !== true;
      const beforeBatch = () => this.#services.cost.measure(this.#hooks.beforeBatch);
      channel.feed.start((batch) => this.#take(channel, batch), { atOnce, beforeBatch });
    }
  }

  /** Resolves, some time after `start`, when what was kept is here and it shows what the other instances show. */
  async level(): Promise<void> {
    await this.#restored;
    await this.cluster?.level();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.metricsChannels()].map((channel) => channel.feed.stop()));
    this.cluster?.stop();
    for (const channel of this.metricsChannels()) channel.history.close();
    if (this.#peer) await this.#services.options.given.store?.close(this.#peer);
  }

  /** Throws MC_CHANNEL_UNKNOWN, MC_CHANNEL_KIND, MC_NAME_INVALID, MC_EVENT_INVALID. */
  addEvent(type: string, data: unknown, channel?: string): void {
    const events = eventsChannel(this.channels, channel);
    const event = events.log.append(type, data);
    this.exchange?.append(events.name, event);
  }

  /** Tells the memory budget what is kept beside history; called now and then. */
  accountMemory(): void {
    let bytes = this.views.logBytes + (this.cluster?.bytes ?? 0);
    for (const channel of this.channels.values()) {
      bytes += channel.kind === "metrics" ? channel.feed.bytes + channel.tokens.bytes : channel.log.bytes;
    }
    if (bytes > this.#accountedBytes) this.memory.take(bytes - this.#accountedBytes);
    else this.memory.give(this.#accountedBytes - bytes);
    this.#accountedBytes = bytes;
  }

  storeStatus(): ({ name: string } & StoreStatus) | undefined {
    const { store } = this.#services.options.given;
    return store && { name: store.name, ...store.status() };
  }

  /** Never throws: whoever called is a timer of ours, or a source's promise. */
  #take(channel: MetricsChannel, batch: Batch): void {
    const { cost, reporter } = this.#services;
    cost.begin();
    try {
      channel.deliver(batch);
      this.cluster?.look(batch);
      const isAlone = this.cluster?.isAlone(channel.name) ?? true;
      if (isAlone) this.#hooks.afterBatch(channel.name);
      else if (this.#isShown(channel.name)) this.#hooks.afterBatch(channel.name, { merge: "instance" });
      this.cluster?.takeOwn(batch);
      this.#replications.get(channel.name)?.append(batch);
      this.#hooks.onTick(batch, "instance");
      if (isAlone) this.#hooks.onTick(batch, "cluster");
    } catch (cause) {
      reporter.report("error", "MC_INTERNAL", { key: "tick", channel: channel.name }, cause);
    }
    cost.end();
  }

  #seal(channel: string, block: SealedBlock): void {
    this.#replications.get(channel)?.seal(block);
  }

  /** Whether anybody watches a channel of this instance alone: else there is nobody to bring its tick to. */
  #isShown(channel: string): boolean {
    const replication = this.#replications.get(channel);
    return this.views
      .watched(channel, { merge: "instance" })
      .some((view) => replication?.isWatched(view) ?? true);
  }

  #makeCluster(store: Store): Cluster {
    const { beforeBatch, afterBatch, onTick, afterEvents, onRevised, onBounds, clients } = this.#hooks;
    const wires = {
      services: this.#services,
      store,
      memory: this.memory,
      views: this.views,
      clients,
      beforeClose: beforeBatch,
      afterClose: (channel: string, batch?: Batch) => {
        afterBatch(channel, { merge: "cluster" });
        if (batch) onTick(batch, "cluster");
      },
      afterRead: (channel: string, instance: string) => afterBatch(channel, { merge: "instance", instance }),
      onRevised,
      onBounds,
      onChange: ({ type, instance }: RosterChange) => {
        this.addEvent(`instance_${type}`, { instance }, systemChannel);
        afterEvents();
      },
    };
    return wireCluster(wires, this.metricsChannels());
  }

  #takeStored(batch: StoredBatch): void {
    if (this.exchange?.has(batch.channel)) this.exchange.take(batch);
    else this.cluster?.takeRemote(batch);
  }

  *#held(): Generator<StoredBlock> {
    for (const replication of this.#replications.values()) yield* replication.held();
  }

  #refuseSeries(exhausted: boolean): void {
    this.seriesBudget.refuse = exhausted;
    if (!exhausted) return;
    const { options, reporter } = this.#services;
    reporter.report("warning", "MC_MEMORY_BUDGET", { memoryBudgetBytes: options.memoryBudgetBytes });
  }

  /** Waits so long that counters can go on where they stood; what takes longer comes while the channels tick. */
  async #warm(): Promise<void> {
    if (!this.#peer) return;
    await atMost(this.#services.options.clock, warmStartMs, this.#restore());
  }

  /** Once, as soon as the store answers: it may say that it does before it is open. */
  async #restore(): Promise<void> {
    this.#restored ??= this.#takeKept().catch(() => {
      // It says by its status that it is away, and then that it is back.
      this.#restored = undefined;
    });
    await this.#restored;
  }

  /** Takes from the store what earlier processes of this instance kept. Rejects where it is away. */
  async #takeKept(): Promise<void> {
    const { options, epoch, reporter, time } = this.#services;
    const { store } = options.given;
    if (!store) return;
    const onFault = (cause: unknown) =>
      reporter.report("error", "MC_STORE_FAILED", { store: store.name, key: "history" }, cause);
    await this.exchange?.warm();
    for (const channel of this.metricsChannels()) {
      const nowTick = Math.floor(time.nowMs() / channel.intervalMs);
      await warmStart({
        store,
        channel,
        instance: options.instance,
        butOf: epoch,
        history: channel.history,
        throughTick: nowTick,
        onEpoch: (past) => channel.epochs.recall(past),
        onSealed: (block) => store.seal(block),
        onFault,
      });
    }
  }

  async #openStore(): Promise<void> {
    const { options, epoch, reporter, cost } = this.#services;
    const { store } = options.given;
    if (!store) return;
    this.#peer = {
      service: options.service,
      instance: options.instance,
      epoch,
      clients: () => this.#hooks.clients(),
      wants: (channel) => this.cluster?.wants(channel) ?? false,
      held: () => this.#held(),
      onBatch: (batch) => cost.measure(() => this.#takeStored(batch)),
      onStatus: (status) => {
        this.cluster?.statusChanged();
        if (status.status === "ok") void this.#restore().then(() => this.#hooks.onStore(store));
        else reporter.report("error", "MC_STORE_FAILED", { store: store.name, ...status });
      },
    };
    try {
      await store.open(this.#peer);
    } catch (cause) {
      reporter.report("error", "MC_STORE_FAILED", { store: store.name }, cause);
      return;
    }
    await this.#hooks.onStore(store);
    this.exchange?.begin();
    for (const channel of this.metricsChannels()) {
      const writer = { channel: channel.name, instance: options.instance, epoch };
      const openWhole = () =>
        this.views.openMetrics(channel, {
          scope: {},
          patterns: undefined,
          stepTicks: 1,
          merge: "instance",
          codec: "binary",
        });
      this.#replications.set(channel.name, new Replication({ store, channel, writer, openWhole }));
    }
  }
}
