/** Where an answer's parts are read from. */

/** What a level holds: every row that ends in (heldFrom, through]. */
export interface LevelRange {
  readonly stepTicks: number;
  readonly heldFrom: number;
  readonly through: number;
}

/** Read the rows of a level that end in (fromTick, toTick]. */
export interface Slice {
  readonly level: number;
  readonly fromTick: number;
  readonly toTick: number;
}

/**
 * Splits a range over the levels, finest first in `levels`. Where several give the same points, the coarsest is read:
 * it has the fewest rows. Where none gives the step, the finest one held does, until a finer one begins.
 */
export function planSlices(
  levels: readonly LevelRange[],
  fromTick: number,
  toTick: number,
  stepTicks: number,
): Slice[] {
  const slices: Slice[] = [];
  const isExact = (level: LevelRange): boolean =>
    stepTicks % level.stepTicks === 0 && fromTick % level.stepTicks === 0;
  let at = fromTick;
  while (at < toTick) {
    const slice = exactSlice(levels, isExact, at, toTick) ?? coarseSlice(levels, isExact, at, toTick);
    if (slice !== undefined) slices.push(slice);
    const next = slice?.toTick ?? nextHeld(levels, at);
    if (next === undefined) break;
    at = next;
  }
  return slices;
}

function exactSlice(
  levels: readonly LevelRange[],
  isExact: (level: LevelRange) => boolean,
  at: number,
  toTick: number,
): Slice | undefined {
  for (let index = levels.length - 1; index >= 0; index -= 1) {
    const level = levels[index];
    if (level === undefined || !isExact(level) || level.heldFrom > at || at % level.stepTicks !== 0) continue;
    const end = Math.floor(Math.min(toTick, level.through) / level.stepTicks) * level.stepTicks;
    if (end > at) return { level: index, fromTick: at, toTick: end };
  }
  return undefined;
}

function coarseSlice(
  levels: readonly LevelRange[],
  isExact: (level: LevelRange) => boolean,
  at: number,
  toTick: number,
): Slice | undefined {
  for (const [index, level] of levels.entries()) {
    if (isExact(level) || level.heldFrom > at || level.through <= at) continue;
    const finer = nextHeld(levels.slice(0, index), at) ?? Number.POSITIVE_INFINITY;
    // A finer level may begin within a bucket: the bucket is taken whole and the finer one from its end on.
    const end = Math.min(Math.ceil(finer / level.stepTicks) * level.stepTicks, level.through, toTick);
    return { level: index, fromTick: at, toTick: end };
  }
  return undefined;
}

function nextHeld(levels: readonly LevelRange[], at: number): number | undefined {
  let next: number | undefined;
  for (const level of levels) {
    if (level.heldFrom <= at || level.through <= level.heldFrom) continue;
    next = Math.min(next ?? level.heldFrom, level.heldFrom);
  }
  return next;
}
