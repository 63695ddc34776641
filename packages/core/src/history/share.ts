/**
 * How memory is shared when it is tight. A level, counted from the coarsest (0), reaches back for this part of what the
 * next one may; all but the coarsest shrink together, so finer ones go first and none goes altogether.
 */
export function levelShare(fromCoarsest: number): number {
  if (fromCoarsest <= 1) return 1;
  return fromCoarsest === 2 ? 1 / 4 : 1 / 24;
}
