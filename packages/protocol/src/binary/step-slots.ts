import { type SeriesInfo, slotCount } from "../series.js";

/**
 * Slots of a series in frames. At the channel's own interval: its numbers. At a coarser step: of a gauge last, min, max,
 * count and sum; of the others the last number of each slot, then the increase of each.
 */
export function frameSlots(info: Pick<SeriesInfo, "kind" | "bounds">, stepTicks: number): number {
  if (stepTicks === 1) return slotCount(info);
  return info.kind === "gauge" ? 5 : 2 * slotCount(info);
}
