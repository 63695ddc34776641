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

/** A packed bucket takes as much as four to eight packed ticks: finer steps are served from the ticks themselves. */
export function keptTierSteps(steps: readonly number[]): number[] {
  return steps.filter((step) => step >= 8);
}

/**
 * Whether the finest of the kept steps is worked out of ticks once those have to go: its buckets would take a good part of
 * the ticks' memory beside them. Of coarser steps the buckets are few, and answers over long ranges need them.
 */
export function isDerived(steps: readonly number[]): boolean {
  return steps.length > 1 && (steps[0] ?? 0) <= 30;
}

/**
 * Buckets in a segment of a tier that keeps so many: the fewer, the less the segment takes that is being written, but the
 * more often columns begin anew. Retention lets go of whole segments.
 */
export function bucketRows(buckets: number): number {
  return Math.min(60, Math.max(4, Math.ceil(Math.sqrt(buckets))));
}
