import type { Buckets } from "./lines.js";

/** One field of a heatmap. */
export interface Heat {
  readonly row: number;
  readonly bucket: number;
  /** From 0, nothing, to 1, as much as the fullest field has. */
  readonly share: number;
}

/** Fields that saw anything, by their rate: points of different lengths are comparable. Small rates stay visible. */
export function heatOf(
  { columns, isThere }: Buckets,
  times: Float64Array,
  fromRow: number,
  toRow: number,
): Heat[] {
  const fields: { row: number; bucket: number; rate: number }[] = [];
  let most = 0;
  for (let row = Math.max(1, fromRow); row <= toRow && row < times.length; row++) {
    const seconds = ((times[row] ?? 0) - (times[row - 1] ?? 0)) / 1_000;
    if (isThere[row] !== 1 || seconds <= 0) continue;
    for (const [bucket, column] of columns.entries()) {
      const rate = (column[row] ?? 0) / seconds;
      if (rate > 0) fields.push({ row, bucket, rate });
      most = Math.max(most, rate);
    }
  }
  return fields.map(({ row, bucket, rate }) => ({ row, bucket, share: Math.sqrt(rate / most) }));
}
