import type { Shape } from "./layout.js";
import { TickSegment } from "./raw-segment.js";
import { levelShare } from "./share.js";
import { BucketSegment } from "./tier-segment.js";
import { keptTierSteps, tierStepsFor } from "./tier-steps.js";

export interface FitOptions {
  readonly limitBytes: number;
  readonly intervalMs: number;
  readonly retentionMs: number;
  /** Default 1,000, half of them gauges. */
  readonly series?: number;
}

interface Level {
  readonly stepMs: number;
  readonly bytesPerMs: number;
  readonly share: number;
}

/** What history fits into a budget, in words: "1,000 series: 6 h at 5 s, 24 h at 1 min in 64 MB". */
export function whatFits({ limitBytes, intervalMs, retentionMs, series = 1_000 }: FitOptions): string {
  const levels = levelsOf(intervalMs, series);
  const reachOf = (level: Level, scale: number): number =>
    Math.min(retentionMs, retentionMs * level.share * scale);
  const bytesAt = (scale: number): number =>
    levels.reduce((sum, level) => sum + level.bytesPerMs * reachOf(level, scale), 0);
  const scale = largestScale((candidate) => bytesAt(candidate) <= limitBytes);
  const reaches: string[] = [];
  let longest = 0;
  for (const level of levels) {
    const reach = level === levels.at(-1) ? retentionMs : reachOf(level, scale);
    // A tier that reaches no further than a finer level is nothing to speak of.
    if (reach < longest * 1.05) continue;
    reaches.push(`${duration(reach)} at ${duration(level.stepMs)}`);
    longest = reach;
  }
  const bytes = Math.min(limitBytes, bytesAt(scale));
  return `${series.toLocaleString("en-US")} series: ${reaches.join(", ")} in ${megabytes(bytes)} MB`;
}

function levelsOf(intervalMs: number, series: number): Level[] {
  const gaugeCount = Math.ceil(series / 2);
  const shape: Shape = {
    seriesCount: series,
    slotCount: series,
    gaugeCount,
    counterCount: series - gaugeCount,
  };
  const steps = keptTierSteps(tierStepsFor(intervalMs));
  return [1, ...steps].map((stepTicks, level) => {
    const bytes =
      level === 0 ? TickSegment.bytesFor(shape, 120) / 120 : BucketSegment.bytesFor(shape, 60) / 60;
    const stepMs = stepTicks * intervalMs;
    return { stepMs, bytesPerMs: bytes / stepMs, share: levelShare(steps.length - level) };
  });
}

/** The largest scale up to one that keeps everything for the whole retention, to a thousandth. */
function largestScale(fits: (scale: number) => boolean): number {
  let low = 0;
  let high = 24;
  if (fits(high)) return high;
  while (high - low > 0.001) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function duration(ms: number): string {
  const units: [string, number][] = [
    ["days", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1_000],
  ];
  const [unit, unitMs] = units.find(([name, size]) => ms >= (name === "days" ? 2 * size : size)) ?? ["ms", 1];
  const count = ms / unitMs;
  return `${count < 10 ? Math.floor(count * 10) / 10 : Math.floor(count)} ${unit}`;
}

function megabytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1_048_576));
}
