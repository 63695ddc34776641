import type { Aggregator } from "@metricast/protocol";

/**
 * One number of several instances'. NaN is skipped where there is anything else; `first` takes the first as it is. Numbers
 * come in the order of the instances' names. Gauges that say nothing add up.
 */
export function aggregate(aggregator: Aggregator | undefined, numbers: readonly number[]): number {
  const [first = Number.NaN] = numbers;
  if (aggregator === "first" || numbers.length === 1) return first;
  let count = 0;
  let merged = Number.NaN;
  for (const number of numbers) {
    if (Number.isNaN(number)) continue;
    count += 1;
    if (count === 1) merged = number;
    else if (aggregator === "min") merged = Math.min(merged, number);
    else if (aggregator === "max") merged = Math.max(merged, number);
    else merged += number;
  }
  return aggregator === "average" && count > 1 ? merged / count : merged;
}
