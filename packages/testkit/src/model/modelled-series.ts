import type { SeriesInfo } from "@metricast/protocol";
import { seriesKey } from "../wire-view.js";

/** One series of a modelled host: what its source would say of it now. */
export interface ModelledSeries {
  readonly info: SeriesInfo;
  readonly key: string;
  readonly from: "steady" | "flaky" | "lazy";
  present: boolean;
  /** A gauge's or counter's value; a histogram's bucket counts and sum. */
  slots: number[];
}

export const modelledBounds: readonly number[] = [1, 2];

export function modelledSeries(): ModelledSeries[] {
  return [
    series("steady", { name: "g_level", labels: { zone: "a" }, kind: "gauge" }),
    series("steady", { name: "g_level", labels: { zone: "b" }, kind: "gauge" }, false),
    series("steady", { name: "c_total", labels: { zone: "a" }, kind: "counter" }),
    series("steady", { name: "h_seconds", labels: {}, kind: "histogram", bounds: modelledBounds }),
    series("flaky", { name: "g_flaky", labels: {}, kind: "gauge" }),
    series("flaky", { name: "c_flaky", labels: { zone: "a" }, kind: "counter" }, false),
    ...["c", "d", "e", "f", "g", "h"].map((zone) =>
      series("steady", { name: "g_wide", labels: { zone }, kind: "gauge", unit: "seconds" }),
    ),
    series("flaky", { name: "h_flaky", labels: {}, kind: "histogram", bounds: modelledBounds }),
    series("lazy", { name: "g_lazy", labels: {}, kind: "gauge" }),
  ];
}

function series(from: ModelledSeries["from"], info: SeriesInfo, present = true): ModelledSeries {
  const slots = info.kind === "histogram" ? modelledBounds.map(() => 0).concat(0, 0) : [0];
  return { info, key: seriesKey(info), from, present, slots };
}

/** An observation into buckets up to 1, up to 2, and above. */
export function observe(slots: number[], value: number): void {
  const bucket = value <= 1 ? 0 : value <= 2 ? 1 : 2;
  slots[bucket] = (slots[bucket] ?? 0) + 1;
  slots[3] = (slots[3] ?? 0) + value;
}
