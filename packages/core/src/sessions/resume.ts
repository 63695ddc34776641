import type { SubscribeItem, WireResume } from "@metricast/protocol";
import type { SeriesChannel } from "../channels/series-channel.js";
import { parsePosition } from "../position.js";
import type { Owed } from "./backlog.js";

/** How a subscription begins: what it is owed of the past, and what becomes of the position it came with. */
export interface Join {
  readonly resume?: WireResume;
  readonly owed?: Omit<Owed, "missed">;
}

export interface JoinContext {
  readonly headTick: number | undefined;
  /** Of the wall clock. */
  readonly nowTick: number;
  readonly stepTicks: number;
  readonly maxResumePoints: number;
}

const defaultHistoryPoints = 300;

export function planJoin(
  channel: SeriesChannel,
  item: Omit<SubscribeItem, "channel">,
  context: JoinContext,
): Join {
  if (item.position === undefined) return historyAsked(channel, item, context);
  const resume = planResume(channel, item.position, item.points, context);
  if (resume.resume?.outcome !== "reset") return resume;
  return { ...historyAsked(channel, item, context), ...resume };
}

function planResume(
  channel: SeriesChannel,
  text: string,
  points: number | undefined,
  context: JoinContext,
): Join {
  const { nowTick, headTick = 0, stepTicks, maxResumePoints } = context;
  const position = parsePosition(text);
  if (!position) return { resume: { outcome: "reset", reason: "unknown_position" } };
  if (!channel.knows(position)) return { resume: { outcome: "reset", reason: "epoch_changed" } };
  // Of the channel's ticks: a view of a coarser step is behind them. Another instance may have been a tick ahead of this one.
  const newest = channel.headTick === undefined ? 0 : Math.max(channel.headTick, nowTick);
  if (position.number > newest) return { resume: { outcome: "reset", reason: "ahead" } };
  const fromTick = Math.floor(position.number / stepTicks) * stepTicks;
  if (fromTick >= headTick) return { resume: { outcome: "complete" } };
  const missed = Math.ceil((headTick - fromTick) / stepTicks);
  if (channel.proves(position) && missed <= maxResumePoints && channel.holds(fromTick, stepTicks)) {
    return { resume: { outcome: "complete" }, owed: { fromTick, toTick: headTick, stepTicks } };
  }
  return planBackfill(channel, fromTick, Math.min(points ?? maxResumePoints, maxResumePoints), context);
}

function planBackfill(channel: SeriesChannel, afterTick: number, points: number, context: JoinContext): Join {
  const { headTick = 0, stepTicks } = context;
  const step = roundUp(channel.history.stepFor(afterTick, headTick, points), stepTicks);
  const from = channel.startFor(afterTick, step);
  if (from === undefined) return { resume: { outcome: "reset", reason: "expired" } };
  return {
    resume: { outcome: "backfilled", ranges: [from, headTick, step] },
    owed: { fromTick: from, toTick: headTick, stepTicks: step },
  };
}

function historyAsked(
  channel: SeriesChannel,
  item: Omit<SubscribeItem, "channel">,
  context: JoinContext,
): Join {
  const { headTick, stepTicks } = context;
  if (item.sinceMs === undefined || headTick === undefined) return {};
  const oldest = channel.oldestTick ?? headTick;
  const asked = headTick - Math.ceil(item.sinceMs / channel.intervalMs);
  const fromTick = Math.max(asked, oldest - 1, 0);
  if (fromTick >= headTick) return {};
  const points = item.points ?? defaultHistoryPoints;
  const step = roundUp(channel.history.stepFor(fromTick, headTick, points), stepTicks);
  const aligned = Math.floor(fromTick / step) * step;
  // The first point is a whole one: history may end within it.
  const from = channel.holds(aligned, step) ? aligned : channel.startFor(fromTick, step);
  return from === undefined ? {} : { owed: { fromTick: from, toTick: headTick, stepTicks: step } };
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
