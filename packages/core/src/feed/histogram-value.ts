import { isObject } from "./label-set.js";

/** Bounds of one histogram may be at most so many; its slots are two more. */
const maxBounds = 256;

export interface CheckedHistogram {
  readonly bounds: readonly number[];
  /** Each bucket's own count, the last above all bounds, then the sum. */
  readonly slots: readonly number[];
}

/** Whether a value wants to be a histogram, right or wrong. */
export function looksLikeHistogram(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && "bounds" in value && "counts" in value;
}

/** Undefined where it makes no sense. Throws what reading it throws. */
export function checkedHistogram(value: Readonly<Record<string, unknown>>): CheckedHistogram | undefined {
  const { bounds, counts, sum, count } = value;
  if (!isBounds(bounds) || !isNumbers(counts, maxBounds + 1) || typeof sum !== "number") return undefined;
  const slots = [...counts];
  if (slots.some((own) => !(own >= 0))) return undefined;
  if (slots.length === bounds.length) {
    const below = slots.reduce((total, own) => total + own, 0);
    if (typeof count !== "number" || !(count >= below)) return undefined;
    slots.push(count - below);
  }
  if (slots.length !== bounds.length + 1) return undefined;
  slots.push(sum);
  return { bounds, slots };
}

/** Finite, ascending, at least one and at most `maxBounds`. */
export function isBounds(bounds: unknown): bounds is readonly number[] {
  if (!isNumbers(bounds, maxBounds) || bounds.length === 0) return false;
  return bounds.every((bound, index) => {
    const before = index === 0 ? Number.NEGATIVE_INFINITY : bounds[index - 1];
    return Number.isFinite(bound) && before !== undefined && bound > before;
  });
}

function isNumbers(list: unknown, longest: number): list is readonly number[] {
  if (!Array.isArray(list) || list.length > longest) return false;
  // By index: `every` would pass over holes.
  for (let index = 0; index < list.length; index += 1) if (typeof list[index] !== "number") return false;
  return true;
}
