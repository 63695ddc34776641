/**
 * The value below which a share of observations lies, from each bucket's own count: within its bucket it is taken as
 * spread evenly. NaN where there are none; above the last bound nothing is known but that bound.
 */
export function percentile(bounds: readonly number[], counts: ArrayLike<number>, share: number): number {
  let total = 0;
  for (let k = 0; k <= bounds.length; k++) total += counts[k] ?? 0;
  if (!(total > 0)) return Number.NaN;
  let rest = share * total;
  for (let k = 0; k < bounds.length; k++) {
    const count = counts[k] ?? 0;
    const upper = bounds[k] ?? 0;
    if (count > 0 && rest <= count) {
      const lower = k > 0 ? (bounds[k - 1] ?? 0) : Math.min(0, upper);
      return lower + (upper - lower) * (rest / count);
    }
    rest -= count;
  }
  return bounds.at(-1) ?? Number.NaN;
}
