import { BucketSegment } from "./bucket-segment.js";
import type { Shape } from "./layout.js";
import { packedOverheadBytes } from "./packed-raw-segment.js";
import { pageTicks, segmentTicks } from "./ring.js";
import { Roster } from "./roster.js";
import { levelShare } from "./share.js";
import { TickSegment } from "./tick-segment.js";
import { bucketRows, isDerived, keptTierSteps, tierStepsFor } from "./tier-steps.js";

export interface FitOptions {
  readonly limitBytes: number;
  readonly intervalMs: number;
  readonly retentionMs: number;
  /** Default 1,000, half of them gauges. */
  readonly series?: number;
}

/**
 * What packed columns take, in bytes. On recorded metrics of node_exporter and of prom-client in an Express service a
 * number takes 0.58 to 0.59 a tick, and 2.3 to 4.7 a bucket. Numbers without any pattern take up to nine.
 */
const bytesPerNumber = 0.75;
const bytesPerBucket = 5;

interface Level {
  readonly stepMs: number;
  readonly bytesPerMs: number;
  readonly share: number;
  /** Kept only where the level before reaches no more. */
  readonly beyondFiner: boolean;
}

/** What history fits into a budget, in words: "1,000 series: 24 h at 5 s in 16 MB". */
export function whatFits(options: FitOptions): string {
  const { limitBytes, retentionMs, series = 1_000 } = options;
  const shape = shapeOf(series);
  const levels = levelsOf(options, shape);
  const reachOf = (level: Level, scale: number): number =>
    Math.min(retentionMs, retentionMs * level.share * scale);
  const headBytes = headBytesOf(options, shape);
  const bytesAt = (scale: number): number => {
    let bytes = headBytes;
    let finer = 0;
    for (const level of levels) {
      const reach = reachOf(level, scale);
      bytes += level.bytesPerMs * (level.beyondFiner ? Math.max(0, reach - finer) : reach);
      finer = reach;
    }
    return bytes;
  };
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
  return `${thousands(series)} series: ${reaches.join(", ")} in ${megabytes(bytes)} MB`;
}

function shapeOf(series: number): Shape {
  const gaugeCount = Math.ceil(series / 2);
  return { seriesCount: series, slotCount: series, gaugeCount, counterCount: series - gaugeCount };
}

function levelsOf({ intervalMs, retentionMs }: FitOptions, { slotCount }: Shape): Level[] {
  const steps = keptTierSteps(tierStepsFor(intervalMs));
  return [1, ...steps].map((stepTicks, level) => {
    const isRaw = level === 0;
    const rows = isRaw ? segmentTicks : bucketRows(retentionMs / (intervalMs * stepTicks));
    const bytes = (isRaw ? bytesPerNumber : bytesPerBucket) * slotCount + packedOverheadBytes / rows;
    const stepMs = stepTicks * intervalMs;
    const share = levelShare(steps.length - level);
    return { stepMs, bytesPerMs: bytes / stepMs, share, beyondFiner: level === 1 && isDerived(steps) };
  });
}

/** What is being written takes most where all pages of a segment are full. */
function headBytesOf({ intervalMs, retentionMs }: FitOptions, shape: Shape): number {
  const steps = keptTierSteps(tierStepsFor(intervalMs));
  const rolled = isDerived(steps) ? steps.slice(1) : steps;
  const rows = segmentTicks + pageTicks;
  let bytes = Roster.bytesFor(shape, rolled.length) + TickSegment.fixedBytesFor(shape, segmentTicks);
  bytes += rows * TickSegment.rowBytesFor(shape);
  for (const step of rolled) {
    bytes += BucketSegment.bytesFor(shape, bucketRows(retentionMs / (intervalMs * step)));
  }
  return bytes;
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

/** Loading a language's rules for this would hold the host's start for tens of milliseconds. */
function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

function megabytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1_048_576));
}
