import { manualClock } from "@metricast/testkit";
import { Stats } from "../../health/stats.js";
import { MetricsFeed, type MetricsFeedParts } from "../metrics-feed.js";
import { SeriesBudget } from "../series-budget.js";

interface Report {
  readonly code: string;
  readonly details: Record<string, unknown>;
}

export interface FeedOptions extends Partial<MetricsFeedParts> {
  /** Of all channels. */
  readonly maxSeries?: number;
}

/** A channel of one tick a second under a manual clock, that is always wanted, and what it counts and reports. */
export function metricsFeed({ maxSeries = 10_000, ...options }: FeedOptions = {}) {
  const clock = manualClock();
  const stats = new Stats();
  const budget = new SeriesBudget(maxSeries);
  const reports: Report[] = [];
  const feed = new MetricsFeed({
    channel: "metrics",
    intervalMs: 1_000,
    clock,
    time: { nowMs: () => clock.dateMs() },
    seriesBudget: budget,
    maxLabelSets: 1_000,
    stats,
    report: (_severity, code, details) => reports.push({ code, details }),
    isWanted: () => true,
    ...options,
  });
  return { clock, stats, budget, reports, feed };
}
