/** Below it the sum and the difference of two whole numbers are exact. */
const limit = 2 ** 51;

/** Whether a number is whole, so small that differences are exact, and not -0. */
export function isExactWhole(value: number | undefined): boolean {
  if (value === undefined || Math.round(value) !== value) return false;
  return Math.abs(value) < limit && !Object.is(value, -0);
}
