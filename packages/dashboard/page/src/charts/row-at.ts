/** The row nearest to a moment; undefined where there is none near it. Times are in seconds. */
export function rowAt(times: readonly number[], atMs: number | undefined): number | undefined {
  if (atMs === undefined || times.length === 0) return undefined;
  const at = atMs / 1_000;
  let low = 0;
  let high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  const [left = 0, right = 0] = [times[low], times[high]];
  const row = Math.abs(at - left) <= Math.abs(right - at) ? low : high;
  const step = Math.max(1, right - left);
  return Math.abs((times[row] ?? 0) - at) <= step * 2 ? row : undefined;
}
