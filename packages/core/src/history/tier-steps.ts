/**
 * Steps at which a channel is kept beyond its ticks and at which it can be watched, in ticks: about 10 s, 1 min and
 * 15 min, each a multiple of the one before, and each at least two ticks.
 */
export function tierStepsFor(intervalMs: number): number[] {
  const steps: number[] = [];
  let base = 1;
  for (const aimMs of [10_000, 60_000, 900_000]) {
    const step = base * Math.round(aimMs / (intervalMs * base));
    if (step <= base) continue;
    steps.push(step);
    base = step;
  }
  return steps;
}

/** Buckets of fewer ticks take more memory than the ticks themselves: such a step is served from those. */
export function keptTierSteps(steps: readonly number[]): number[] {
  return steps.filter((step) => step >= 4);
}
