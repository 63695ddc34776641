import type { Block, TickRange } from "@metricast/protocol";
import type { Series } from "../contracts/feed.js";
import type { Gaps } from "./gaps.js";
import { PointReader } from "./point-reader.js";
import { readBlock } from "./query.js";
import type { RawSegment, Span } from "./raw-segment.js";
import type { TierSegment } from "./tier-segment.js";

/** A finished segment, as history hands it to whoever keeps it longer. */
export interface SealedBlock {
  readonly fromTick: number;
  readonly toTick: number;
  /** 1: every tick; else a tier's step. */
  readonly stepTicks: number;
  /** Makes the block. May be called later and more than once, also after history let go of the segment. */
  read(): Block;
}

interface Held {
  readonly layout: { readonly series: readonly Series[] };
}

export function sealedRaw(segment: RawSegment & Held, gaps: Gaps): SealedBlock {
  return sealed(segment, 1, gaps, (range) => ({
    raw: { within: () => [segment] },
    tiers: [],
    ranges: [{ stepTicks: 1, heldFrom: range.fromTick, through: range.toTick }],
  }));
}

export function sealedTier(segment: TierSegment & Held, stepTicks: number, gaps: Gaps): SealedBlock {
  return sealed(segment, stepTicks, gaps, (range) => ({
    raw: { within: () => [] },
    tiers: [{ within: () => [segment] }],
    ranges: [
      { stepTicks: 1, heldFrom: range.toTick, through: range.toTick },
      { stepTicks, heldFrom: range.fromTick, through: range.toTick },
    ],
  }));
}

function sealed(
  segment: Span & Held,
  stepTicks: number,
  gaps: Gaps,
  levelsOf: (range: TickRange) => Pick<Parameters<typeof readBlock>[0], "raw" | "tiers" | "ranges">,
): SealedBlock {
  const fromTick = (segment.ends[0] ?? 0) - stepTicks;
  const toTick = segment.ends[segment.rows - 1] ?? 0;
  // Both would change after the sealing: gaps are forgotten, series join the layout.
  const range = { fromTick, toTick };
  const between = gaps.within(fromTick, toTick);
  const series = [...segment.layout.series];
  const levels = { ...levelsOf(range), gaps: { within: () => between }, reader: new PointReader() };
  return { ...range, stepTicks, read: () => readBlock(levels, { ...range, stepTicks, series }) };
}
