import type { Columns } from "@metricast/client";

/** Gauges of a metric `m` at these times, a line for each value of its label `l`; NaN where there is none. */
export function gaugeColumns(times: readonly number[], lines: Record<string, readonly number[]>): Columns {
  return {
    times: Float64Array.from(times),
    series: Object.entries(lines).map(([key, values]) => {
      const cells = Float64Array.from(values);
      const count = cells.map((value) => (Number.isNaN(value) ? 0 : 1));
      const info = { name: "m", labels: { l: key }, kind: "gauge" as const };
      return { key, info, kind: "gauge" as const, count, last: cells, min: cells, max: cells, sum: cells };
    }),
  };
}
