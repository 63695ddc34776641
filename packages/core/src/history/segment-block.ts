import type { Block, TickRange } from "@metricast/protocol";
import { PointReader } from "./point-reader.js";
import { type Levels, readBlock } from "./query.js";
import type { RawSegment, Span } from "./raw-segment.js";
import type { TierSegment } from "./tier-segment.js";

/** All of one segment as a block. */

export function rangeOf({ firstEnd, lastEnd }: Span, stepTicks: number): TickRange {
  return { fromTick: firstEnd - stepTicks, toTick: lastEnd };
}

export function rawBlock(segment: RawSegment, gaps: readonly TickRange[]): Block {
  const { fromTick, toTick } = rangeOf(segment, 1);
  return blockOf(segment, 1, gaps, {
    levels: [{ kind: "raw", segments: { within: () => [segment] } }],
    ranges: [{ stepTicks: 1, heldFrom: fromTick, through: toTick }],
  });
}

export function tierBlock(segment: TierSegment, stepTicks: number, gaps: readonly TickRange[]): Block {
  const { fromTick, toTick } = rangeOf(segment, stepTicks);
  return blockOf(segment, stepTicks, gaps, {
    levels: [{ kind: "tier", segments: { within: () => [segment] } }],
    ranges: [{ stepTicks, heldFrom: fromTick, through: toTick }],
  });
}

function blockOf(
  segment: Span,
  stepTicks: number,
  gaps: readonly TickRange[],
  levels: Pick<Levels, "levels" | "ranges">,
): Block {
  const series = segment.layout.series.slice(0, segment.seriesCount);
  const request = { ...rangeOf(segment, stepTicks), stepTicks, series };
  return readBlock({ ...levels, gaps: { within: () => gaps }, reader: new PointReader() }, request);
}
