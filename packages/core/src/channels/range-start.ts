/**
 * Where a range at a step begins that leaves out nothing after a tick: at that tick, or where only coarser points are
 * held that far back, at the start of one. Never earlier: it replaces what a reader holds, and may cut no point of it.
 * Undefined where it is not held. `steps`: those of the channel, ascending.
 */
export function rangeStart(
  steps: readonly number[],
  holds: (afterTick: number, stepTicks: number) => boolean,
  afterTick: number,
  stepTicks: number,
): number | undefined {
  for (const unit of steps) {
    const from = Math.floor(afterTick / unit) * unit;
    if (stepTicks % unit === 0 && holds(from, unit)) return from;
  }
  return undefined;
}
