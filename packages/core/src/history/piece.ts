import type { Span } from "./raw-segment.js";
import { lowerBound } from "./search.js";

/** The points of an answer: point k covers (fromTick + k·stepTicks, fromTick + (k+1)·stepTicks]. */
export interface Grid {
  readonly fromTick: number;
  readonly stepTicks: number;
  readonly points: number;
}

/** Rows of one segment that an answer needs. */
export interface Piece<S> {
  readonly segment: S;
  readonly firstRow: number;
  readonly endRow: number;
  /** The point of each row, by row. */
  readonly points: Int32Array;
}

/** The rows that end in (fromTick, toTick]; undefined where there are none. */
export function cutPiece<S extends Span>(
  segment: S,
  fromTick: number,
  toTick: number,
  grid: Grid,
): Piece<S> | undefined {
  const { rows } = segment;
  const ends = segment.ends();
  const firstRow = lowerBound(rows, (row) => (ends[row] ?? 0) > fromTick);
  const endRow = lowerBound(rows, (row) => (ends[row] ?? 0) > toTick);
  if (firstRow >= endRow) return undefined;
  const points = new Int32Array(endRow);
  for (let row = firstRow; row < endRow; row += 1) {
    points[row] = Math.ceil(((ends[row] ?? 0) - grid.fromTick) / grid.stepTicks) - 1;
  }
  return { segment, firstRow, endRow, points };
}
