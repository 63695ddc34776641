import type { Metric } from "./catalogue.js";

/** Numbers in one point of all series of a metric. */
export function seriesWidth({ kind, series }: Pick<Metric, "kind" | "series">): number {
  if (kind !== "histogram") return series.length * (kind === "gauge" ? 4 : 1);
  return series.reduce((sum, { bounds = [] }) => sum + bounds.length + 2, 0);
}
