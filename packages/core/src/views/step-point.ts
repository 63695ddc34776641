import { type BlockSeries, isGaugeColumn } from "@metricast/protocol";
import type { Series } from "../contracts/feed.js";

/** Reads points of a range as history keeps them. */
export type ReadPoints = (
  series: readonly Series[],
  fromTick: number,
  toTick: number,
) => readonly BlockSeries[];

/** Whether a point says no more than its last value: held through every tick of the step, or a counter at rest. */
export function isConstant(point: BlockSeries, stepTicks: number): boolean {
  const [column] = point.columns;
  if (!column || point.info.kind === "histogram") return false;
  if (!isGaugeColumn(column)) return column.increase[0] === 0 && point.count[0] === stepTicks;
  const last = column.last[0] ?? Number.NaN;
  return (
    point.count[0] === stepTicks &&
    Object.is(column.min[0], last) &&
    Object.is(column.max[0], last) &&
    Object.is(column.sum[0], last * stepTicks)
  );
}
