/** The first index in [0, length) that passes; `length` where none does. Those that pass come after those that do not. */
export function lowerBound(length: number, passes: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
