import type { Clock } from "../contracts/clock.js";
import { EventLog } from "../feed/event-log.js";
import { MetricsFeed } from "../feed/metrics-feed.js";
import type { SeriesBudget } from "../feed/series-budget.js";
import type { Cost } from "../health/cost.js";
import type { Report } from "../health/reporter.js";
import type { Stats } from "../health/stats.js";
import type { MemoryBudget } from "../history/budget.js";
import { ChannelHistory } from "../history/channel-history.js";
import type { SealedBlock } from "../history/sealed.js";
import { tierStepsFor } from "../history/tier-steps.js";
import type { ResolvedChannel, ResolvedOptions } from "../resolve-options.js";
import type { SteadyTime } from "../steady-time.js";
import type { Channel } from "./channel.js";
import { EventsChannel } from "./events-channel.js";
import { MetricsChannel } from "./metrics-channel.js";

export interface ChannelBuildParts {
  readonly options: ResolvedOptions;
  readonly epoch: string;
  readonly clock: Clock;
  readonly time: SteadyTime;
  readonly seriesBudget: SeriesBudget;
  readonly memory: MemoryBudget;
  readonly stats: Stats;
  readonly report: Report;
  readonly cost: Cost;
  /** Whether somebody watches the channel, for sources that are read only then. */
  readonly isWanted: (channel: string) => boolean;
  readonly onSeal: (channel: string, block: SealedBlock) => void;
}

/** Makes the channels of the options, with their sources; none of them ticks yet. */
export function buildChannels(parts: ChannelBuildParts): Map<string, Channel> {
  const channels = new Map<string, Channel>();
  for (const [name, options] of parts.options.channels) {
    channels.set(
      name,
      options.kind === "events" ? events(name, options, parts) : metrics(name, options, parts),
    );
  }
  return channels;
}

/** Of the memory budget, what the events of one channel may take at most. */
const eventShare = 1 / 8;

function events(name: string, { retentionMs }: ResolvedChannel, parts: ChannelBuildParts): EventsChannel {
  const log = new EventLog({
    channel: name,
    epoch: parts.epoch,
    retentionEvents: parts.options.retentionEvents,
    maxTypes: parts.options.maxEventTypes,
    maxBytes: parts.options.memoryBudgetBytes * eventShare,
    retentionMs,
    time: parts.time,
    stats: parts.stats,
  });
  return new EventsChannel({ name, retentionMs, log, epoch: parts.epoch });
}

const longestDeadlineMs = 250;

function metrics(name: string, options: ResolvedChannel, parts: ChannelBuildParts): MetricsChannel {
  const { intervalMs, retentionMs } = options;
  const tierSteps = tierStepsFor(intervalMs);
  const feed = new MetricsFeed({
    channel: name,
    intervalMs,
    deadlineMs: Math.min(intervalMs / 4, longestDeadlineMs),
    clock: parts.clock,
    time: parts.time,
    seriesBudget: parts.seriesBudget,
    maxLabelSets: parts.options.maxLabelSets,
    stats: parts.stats,
    report: parts.report,
    isWanted: () => parts.isWanted(name),
    cost: parts.cost,
  });
  const history = new ChannelHistory({
    intervalMs,
    retentionMs,
    tierSteps,
    budget: parts.memory,
    onSeal: (block) => parts.onSeal(name, block),
  });
  for (const source of options.sources) feed.addSource(source);
  return new MetricsChannel({ name, epoch: parts.epoch, retentionMs, feed, history, tierSteps });
}
