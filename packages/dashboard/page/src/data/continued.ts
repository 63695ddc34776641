import type { Columns, SeriesColumns } from "@metricast/client";

/**
 * What was held, continued by what is held now: points from before a restart stay on the screen. Where they
 * do not meet, an empty row between them ends every line.
 */
export function continued(older: Columns | undefined, newer: Columns, fromMs: number): Columns {
  const [firstMs = 0] = newer.times;
  if (!older || newer.times.length === 0) return newer;
  const start = older.times.findIndex((time) => time >= fromMs);
  const found = older.times.findIndex((time) => time >= firstMs);
  const end = found < 0 ? older.times.length : found;
  if (start < 0 || start >= end) return newer;
  const lastMs = older.times[end - 1] ?? 0;
  const stepMs = Math.max((newer.times[1] ?? firstMs) - firstMs, lastMs - (older.times[end - 2] ?? lastMs));
  const breaks = firstMs - lastMs > stepMs * 2 ? 1 : 0;
  const kept = new Map(older.series.map((one) => [one.key, one]));
  const rows = end - start;
  const join = (a: Float64Array | undefined, b: Float64Array, empty: number): Float64Array => {
    const joined = new Float64Array(rows + breaks + b.length).fill(empty, 0, rows + breaks);
    if (a) joined.set(a.subarray(start, end));
    joined.set(b, rows + breaks);
    return joined;
  };
  return {
    times: join(older.times, newer.times, firstMs - 1),
    series: newer.series.map((one) => joinSeries(kept.get(one.key), one, join)),
  };
}

type Join = (a: Float64Array | undefined, b: Float64Array, empty: number) => Float64Array;

function joinSeries(a: SeriesColumns | undefined, b: SeriesColumns, join: Join): SeriesColumns {
  const count = join(a?.count, b.count, 0);
  const none = Number.NaN;
  if (b.kind === "gauge") {
    const own = a?.kind === "gauge" ? a : undefined;
    const last = join(own?.last, b.last, none);
    const min = join(own?.min, b.min, none);
    const max = join(own?.max, b.max, none);
    return { ...b, count, last, min, max, sum: join(own?.sum, b.sum, none) };
  }
  if (b.kind === "counter") {
    const own = a?.kind === "counter" ? a : undefined;
    return {
      ...b,
      count,
      last: join(own?.last, b.last, none),
      increase: join(own?.increase, b.increase, none),
    };
  }
  const own = a?.kind === "histogram" ? a : undefined;
  const slots = b.slots.map(({ last, increase }, k) => ({
    last: join(own?.slots[k]?.last, last, none),
    increase: join(own?.slots[k]?.increase, increase, none),
  }));
  return { ...b, count, slots };
}
