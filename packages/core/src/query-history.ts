import { protocolLimits } from "@metricast/protocol";
import type { SeriesChannel } from "./channels/series-channel.js";
import type { Series } from "./contracts/feed.js";
import { compileSelect } from "./views/select.js";

export interface HistoryQuery {
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
  readonly to: number;
  /** Most points per series; default 300, at most 2,000. */
  readonly points?: number;
  /** Patterns of series; everything when absent. */
  readonly select?: readonly string[];
}

const defaultPoints = 300;

/** What a query comes down to: series, and points in ticks. */
export interface QueryPlan {
  readonly series: readonly Series[];
  readonly fromTick: number;
  readonly toTick: number;
  readonly stepTicks: number;
}

/** Cut to what is held; the finest step that needs no more points than asked for. Throws SelectError. */
export function planQuery(
  channel: SeriesChannel,
  query: HistoryQuery,
  scope: Readonly<Record<string, string>> = {},
): QueryPlan {
  const select = compileSelect(query.select, scope);
  channel.noteAsked?.();
  const present = channel.columns.series;
  const head = channel.headTick ?? 0;
  const oldest = channel.oldestTick ?? head;
  const toTick = Math.min(Math.floor(query.to / channel.intervalMs), head);
  const from = Math.min(Math.max(Math.floor(query.from / channel.intervalMs), oldest - 1), toTick);
  const points = Math.min(query.points ?? defaultPoints, protocolLimits.maxPoints);
  const stepTicks = channel.history.stepFor(from, toTick, points);
  return {
    series: [...present, ...channel.history.gone(present)].filter(({ info }) => select.matches(info)),
    fromTick: Math.floor(from / stepTicks) * stepTicks,
    toTick,
    stepTicks,
  };
}
