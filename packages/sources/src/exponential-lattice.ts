import { MetricastError } from "@metricast/core";

/** What one histogram of a channel may have. */
const maxBounds = 256;
const finestScale = 6;

/** Which bounds exponential histograms are folded to. Two instances with the same numbers merge. */
export interface ExponentialRange {
  /** Buckets per doubling are 2 to this power, so a quantile is off by a factor of at most 2^(2^-scale). Default 2: 1.19. */
  readonly scale?: number;
  /** Power of two up to which everything is one bucket. */
  readonly from: number;
  /** Power of two above which everything is one bucket. */
  readonly to: number;
}

/**
 * Fixed bounds for exponential histograms: 0, then all of 2^(k / 2^scale) between two powers of two. Each of them is a
 * bound of every exponential histogram of that scale or a finer one.
 */
export class ExponentialLattice {
  readonly bounds: readonly number[];
  readonly #perDoubling: number;
  readonly #from: number;

  /** Throws `MC_OPTION_INVALID` where it would have no bounds, or more than a histogram may have. */
  constructor(range: ExponentialRange) {
    const { scale = 2, from, to } = range;
    const perDoubling = 2 ** scale;
    const count = (to - from) * perDoubling + 2;
    const isWhole = [scale, from, to].every(Number.isInteger) && scale >= 0 && scale <= finestScale;
    if (!isWhole || !(from < to) || from < -1_000 || to > 1_000 || count > maxBounds) {
      const rule = `a range needs whole numbers, from < to, and at most ${maxBounds} bounds`;
      throw new MetricastError("MC_OPTION_INVALID", rule, { option: "exponential", value: range });
    }
    const steps = Array.from({ length: count - 1 }, (_, step) => 2 ** (from + step / perDoubling));
    this.bounds = Object.freeze([0, ...steps]);
    this.#perDoubling = perDoubling;
    this.#from = from;
  }

  /** The slot of an exponential histogram's bucket: that of its upper bound where it is wider than a slot. */
  slotOf(index: number, scale: number): number {
    const upper = (index + 1) / 2 ** scale;
    const step = Math.ceil((upper - this.#from) * this.#perDoubling);
    return Math.min(1 + Math.max(0, step), this.bounds.length);
  }
}
