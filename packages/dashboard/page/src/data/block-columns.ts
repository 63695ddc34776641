import { type Columns, type QueryBlock, type SeriesColumns, seriesKey } from "@metricast/client";

type BlockSeries = QueryBlock["series"][number];

/** An answer of the past in the shape of what a subscription holds. */
export function columnsOf({ series, fromTick, toTick, stepTicks, intervalMs }: QueryBlock): Columns {
  const rows = series[0]?.count.length ?? 0;
  const times = Float64Array.from({ length: rows }, (_, k) => {
    return Math.min(fromTick + (k + 1) * stepTicks, toTick) * intervalMs;
  });
  return { times, series: series.map(seriesColumns).filter((one) => one !== undefined) };
}

function seriesColumns({ info, count, columns }: BlockSeries): SeriesColumns | undefined {
  const plain = { key: seriesKey(info), info, count };
  const [first] = columns;
  if (info.kind === "gauge") {
    if (first && "min" in first) return { ...plain, kind: "gauge", ...first };
    return undefined;
  }
  const slots = columns.flatMap((column) => ("increase" in column ? [column] : []));
  if (info.kind === "histogram") return { ...plain, kind: "histogram", slots };
  const [slot] = slots;
  return slot && { ...plain, kind: "counter", ...slot };
}
