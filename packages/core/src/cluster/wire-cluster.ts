import type { MetricsChannel } from "../channels/metrics-channel.js";
import type { Batch } from "../contracts/feed.js";
import type { Store } from "../contracts/store.js";
import type { MemoryBudget } from "../history/budget.js";
import { ChannelHistory } from "../history/channel-history.js";
import { tierStepsFor } from "../history/tier-steps.js";
import type { Services } from "../services.js";
import type { ViewRegistry } from "../views/view-registry.js";
import { Cluster } from "./cluster.js";
import { Interest } from "./interest.js";
import type { RosterChange } from "./roster.js";

export interface ClusterWires {
  readonly services: Services;
  readonly store: Store;
  readonly memory: MemoryBudget;
  readonly views: ViewRegistry;
  readonly clients: () => number;
  /** Values are about to move on. */
  readonly beforeClose: () => void;
  /** A channel of all instances has a new tick. */
  readonly afterClose: (channel: string, batch?: Batch) => void;
  /** Another instance by itself has one. */
  readonly afterRead: (channel: string, instance: string) => void;
  readonly onRevised: (channel: string, fromTick: number, toTick: number) => void;
  readonly onBounds: (channel: string) => void;
  readonly onChange: (change: RosterChange) => void;
}

/** Makes the cluster of an instance that has a store; its channels are from now on part of those of all. */
export function wireCluster(wires: ClusterWires, channels: Iterable<MetricsChannel>): Cluster {
  const { services, store, memory, views } = wires;
  const { options, epoch, time, reporter } = services;
  const cluster = new Cluster({
    store,
    instance: options.instance,
    epoch,
    clock: options.clock,
    nowMs: () => time.nowMs(),
    clients: wires.clients,
    interest: new Interest({
      clock: options.clock,
      follow: (channel) => options.channels.get(channel)?.follow ?? "always",
      isWatched: (channel) => views.isWatchedOfOthers(channel),
    }),
    newHistory: ({ intervalMs, retentionMs }) =>
      new ChannelHistory({ intervalMs, retentionMs, tierSteps: tierStepsFor(intervalMs), budget: memory }),
    hooks: {
      beforeClose: wires.beforeClose,
      afterClose: wires.afterClose,
      afterRead: wires.afterRead,
      onRevised: wires.onRevised,
      onBounds: wires.onBounds,
      onFault: (instance, cause) =>
        reporter.report("error", "MC_STORE_FAILED", { store: store.name, key: "batch", instance }, cause),
    },
    onSkew: (clockSkewMs) => reporter.report("warning", "MC_CLOCK_SKEW", { store: store.name, clockSkewMs }),
    onMerged: (channel, own) => views.rebase(channel, own.tokens),
    onChange: (change) => {
      const { type, instance, epoch: its } = change;
      if (type === "duplicate") reporter.report("warning", "MC_INSTANCE_DUPLICATE", { instance, epoch: its });
      wires.onChange(change);
    },
  });
  for (const channel of channels) channel.merged = cluster.channelFor(channel);
  return cluster;
}
