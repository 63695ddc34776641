import type { Line } from "./lines.js";
import { isBinary, type Measure } from "./units.js";

/** The least and the most of what is drawn between two rows. */
export function extentOf(
  lines: readonly Line[],
  fromRow: number,
  toRow: number,
): readonly [number, number] | undefined {
  let least = Infinity;
  let most = -Infinity;
  for (const { values, low, high } of lines) {
    for (let row = Math.max(0, fromRow); row <= toRow && row < values.length; row++) {
      const bottom = (low ?? values)[row] ?? values[row] ?? null;
      const top = (high ?? values)[row] ?? values[row] ?? null;
      if (bottom !== null && bottom < least) least = bottom;
      if (top !== null && top > most) most = top;
    }
  }
  return least <= most ? [least, most] : undefined;
}

/** What an axis shows of that: from zero where zero is near, with a little air. */
export function axisRange(extent: readonly [number, number] | undefined, measure: Measure): [number, number] {
  if (!extent) return [0, measure.unit === "ratio" ? 0.01 : 1];
  const [least, most] = extent;
  // A value that stands still stands somewhere between zero and more.
  if (least === most && most !== 0 && Math.abs(most) < 1e9)
    return most > 0 ? [0, most * 1.25] : [most * 1.25, 0];
  const length = most - least;
  // Noise of a value that hardly changes is not made a mountain of.
  const smallest = Math.max(Math.abs(most), Math.abs(least)) * 0.002;
  const fromZero = least >= 0 && least <= length * 1.5;
  const untilZero = most <= 0 && -most <= length * 1.5;
  if (most === 0 && least === 0) return [0, 1];
  const air = Math.max(length * 0.08, smallest);
  return [fromZero ? 0 : least - air, untilZero ? 0 : most + air];
}

const decimalSteps = [1, 2, 2.5, 5];
const binarySteps = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** Steps an axis may have, ascending. */
export function axisSteps(measure: Measure): number[] {
  const steps: number[] = [];
  if (isBinary(measure)) {
    for (let power = 0; power < 7; power++) steps.push(...binarySteps.map((step) => step * 1_024 ** power));
    return steps;
  }
  for (let power = -12; power < 19; power++) steps.push(...decimalSteps.map((step) => step * 10 ** power));
  return steps;
}
