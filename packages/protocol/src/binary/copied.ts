/** The cells of an array, put into a larger one. */
export function copied<Cells extends { set(cells: ArrayLike<number>): void }>(
  from: ArrayLike<number>,
  to: Cells,
): Cells {
  to.set(from);
  return to;
}
