import { EventsChannel } from "../../channels/events-channel.js";
import { MetricsChannel } from "../../channels/metrics-channel.js";
import { EventLog } from "../../feed/event-log.js";
import type { MetricsFeed } from "../../feed/metrics-feed.js";
import { Stats } from "../../health/stats.js";
import { MemoryBudget } from "../../history/budget.js";
import { ChannelHistory } from "../../history/channel-history.js";
import { type Cell, ColumnFeed } from "../../views/testing/column-feed.js";

const epoch = "0123456789abcdef";

export interface FakeChannel {
  readonly channel: MetricsChannel;
  readonly columns: ColumnFeed;
  /** Delivers the batch of a tick; cells by series index, what is not named stays. */
  tick(at: number, cells?: readonly (Cell | undefined)[]): void;
}

/** A channel of metrics with a real history, whose feed is moved by hand. */
export function fakeChannel({
  name = "metrics",
  intervalMs = 1_000,
  retentionMs = 3_600_000,
  tierSteps = [10, 60],
}: {
  name?: string;
  intervalMs?: number;
  retentionMs?: number;
  tierSteps?: readonly number[];
} = {}): FakeChannel {
  const columns = new ColumnFeed();
  const feed = { columns, intervalMs, readSoon() {} };
  const budget = new MemoryBudget(64 * 1_024 * 1_024, () => {});
  const channel = new MetricsChannel({
    name,
    epoch,
    retentionMs,
    // Of the feed a channel asks no more than this.
    feed: feed as unknown as MetricsFeed,
    history: new ChannelHistory({ intervalMs, retentionMs, tierSteps, budget }),
    tierSteps,
  });
  return {
    channel,
    columns,
    tick(at, cells) {
      channel.deliver(columns.batch(at, cells));
    },
  };
}

export function fakeEvents({
  name = "events",
  retentionEvents = 1_000,
  nowMs = () => 1_700_000_000_000,
} = {}): EventsChannel {
  const log = new EventLog({
    channel: name,
    epoch,
    retentionEvents,
    maxTypes: 100,
    maxBytes: 1e9,
    retentionMs: 3_600_000,
    time: { nowMs },
    stats: new Stats(),
  });
  return new EventsChannel({ name, retentionMs: 3_600_000, log, epoch });
}
