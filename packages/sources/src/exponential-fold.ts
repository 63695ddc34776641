import type { HistogramValue } from "@metricast/core";
import type { ExponentialLattice } from "./exponential-lattice.js";

/** Bucket `offset + i` holds what is above base^(offset + i) and at most base^(offset + i + 1), the base being 2^(2^-scale). */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}

/** A state since its start, in the words of OpenTelemetry's data model. */
export interface ExponentialValue {
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
  readonly sum?: number | undefined;
}

/**
 * One exponential histogram as a histogram of fixed bounds. Its scale may become coarser at any time, which moves what
 * was counted long ago to other bounds; so it is followed by what it grew by since the last reading, at the coarser of
 * both scales. No count ever falls but where the histogram itself begins anew.
 */
export class ExponentialFold {
  readonly #lattice: ExponentialLattice;
  readonly #counts: Float64Array;
  #before: ExponentialValue | undefined;

  constructor(lattice: ExponentialLattice) {
    this.#lattice = lattice;
    this.#counts = new Float64Array(lattice.bounds.length + 1);
  }

  take(now: ExponentialValue): HistogramValue {
    let growth = this.#growth(now, this.#before);
    if (growth.some((one) => one < 0)) {
      // It began anew: so does this one.
      this.#counts.fill(0);
      growth = this.#growth(now, undefined);
    }
    this.#before = now;
    growth.forEach((one, slot) => {
      this.#counts[slot] = (this.#counts[slot] ?? 0) + one;
    });
    const counts = [...this.#counts];
    const count = counts.reduce((total, own) => total + own, 0);
    return { bounds: this.#lattice.bounds, counts, sum: now.sum ?? 0, count };
  }

  #growth(now: ExponentialValue, before: ExponentialValue | undefined): Float64Array {
    const growth = new Float64Array(this.#counts.length);
    const scale = Math.min(now.scale, before?.scale ?? now.scale);
    this.#spread(growth, now, scale, 1);
    if (before !== undefined) this.#spread(growth, before, scale, -1);
    return growth;
  }

  #spread(growth: Float64Array, value: ExponentialValue, scale: number, sign: 1 | -1): void {
    const add = (slot: number, count: number) => {
      growth[slot] = (growth[slot] ?? 0) + sign * count;
    };
    add(0, value.zeroCount);
    // All that is negative is at most 0, the first bound.
    for (const count of value.negative.bucketCounts) add(0, count);
    const { offset, bucketCounts } = value.positive;
    const merged = 2 ** (value.scale - scale);
    bucketCounts.forEach((count, at) => {
      if (count > 0) add(this.#lattice.slotOf(Math.floor((offset + at) / merged), scale), count);
    });
  }
}
