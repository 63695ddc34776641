import { type Block, pointCount, type TickRange } from "@metricast/protocol";
import type { Series } from "../contracts/feed.js";
import { cutPiece, type Grid, type Piece } from "./piece.js";
import { type LevelRange, planSlices, type Slice } from "./plan.js";
import type { PointReader } from "./point-reader.js";
import type { RawSegment } from "./raw-segment.js";
import { SeriesDraft } from "./series-draft.js";
import type { TierSegment } from "./tier-segment.js";

export interface BlockRequest {
  readonly series: readonly Series[];
  readonly fromTick: number;
  readonly toTick: number;
  readonly stepTicks: number;
}

interface Segments<S> {
  within(fromTick: number, toTick: number): Iterable<S>;
}

/** The segments of one level: ticks as they were read, or a tier's buckets. */
export type LevelSegments =
  | { readonly kind: "raw"; readonly segments: Segments<RawSegment> }
  | { readonly kind: "tier"; readonly segments: Segments<TierSegment> };

/** Everything that answers are made from: what each level holds, finest first, and the segments with it. */
export interface Levels {
  readonly levels: readonly LevelSegments[];
  readonly ranges: readonly LevelRange[];
  readonly gaps: { within(fromTick: number, toTick: number): readonly TickRange[] };
  readonly reader: PointReader;
}

/** Reads the rows of one level in a range, into the points of one series. */
type Read = (series: Series, draft: SeriesDraft) => void;

export function readBlock(levels: Levels, { series, fromTick, toTick, stepTicks }: BlockRequest): Block {
  const points = Math.max(0, pointCount({ fromTick, toTick }, stepTicks));
  const grid: Grid = { fromTick, stepTicks, points };
  const slices = planSlices(levels.ranges, fromTick, toTick, stepTicks);
  const drafts = series.map((one) => new SeriesDraft(one, points));
  for (const slice of slices) {
    // Piece by piece: series that stand side by side in a packed segment are cheapest to read one after the other.
    for (const read of readsOf(levels, slice, grid)) {
      for (const [index, one] of series.entries()) {
        const draft = drafts[index];
        if (draft !== undefined) read(one, draft);
      }
    }
  }
  return {
    fromTick,
    toTick,
    stepTicks,
    series: drafts.map((draft) => draft.finish()),
    gaps: levels.gaps.within(fromTick, toTick),
  };
}

function readsOf({ levels, reader }: Levels, slice: Slice, grid: Grid): Read[] {
  const level = levels[slice.level];
  if (level === undefined) return [];
  return level.kind === "raw"
    ? cut(level.segments, slice, grid).map(
        (piece): Read =>
          (series, draft) =>
            reader.readRaw(piece, series, draft),
      )
    : cut(level.segments, slice, grid).map(
        (piece): Read =>
          (series, draft) =>
            reader.readTier(piece, series, draft),
      );
}

function cut<S extends RawSegment | TierSegment>(
  segments: Segments<S>,
  slice: Slice,
  grid: Grid,
): Piece<S>[] {
  const pieces: Piece<S>[] = [];
  for (const segment of segments.within(slice.fromTick, slice.toTick)) {
    const piece = cutPiece(segment, slice.fromTick, slice.toTick, grid);
    if (piece !== undefined) pieces.push(piece);
  }
  return pieces;
}
