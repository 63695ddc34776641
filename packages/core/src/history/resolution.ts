import type { LevelRange } from "./plan.js";

/** Which steps the levels, finest first, can serve. */

export function oldestTickAt(levels: readonly LevelRange[], stepTicks: number): number | undefined {
  const reach = reaches(levels.filter((level) => stepTicks % level.stepTicks === 0)).at(-1);
  return reach === undefined ? undefined : reach + 1;
}

export function stepWithin(
  levels: readonly LevelRange[],
  fromTick: number,
  toTick: number,
  points: number,
): number {
  const fewest = Math.max(1, Math.ceil((toTick - fromTick) / Math.max(1, points)));
  const step = roundUp(fewest, finestThatReaches(levels, fromTick));
  // A little coarser than asked is worth it where a tier then has fewer rows to read.
  const friendly = levels
    .map((level) => roundUp(step, level.stepTicks))
    .filter((tier) => tier <= fewest * 1.25);
  return friendly.at(-1) ?? step;
}

/** The finest step that goes back to a tick, or as far as history itself goes. */
function finestThatReaches(levels: readonly LevelRange[], tick: number): number {
  const back = reaches(levels);
  const start = Math.max(tick, ...back.slice(-1));
  return levels[back.findIndex((reach) => reach <= start)]?.stepTicks ?? 1;
}

/** How far back each level goes without a hole up to the head, where finer ones serve what its last bucket has not. */
function reaches(levels: readonly LevelRange[]): number[] {
  let reach: number | undefined;
  return levels.map((level) => {
    const joins = reach === undefined || level.through >= reach;
    reach = joins ? Math.min(reach ?? level.heldFrom, level.heldFrom) : (reach ?? level.heldFrom);
    return reach;
  });
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
