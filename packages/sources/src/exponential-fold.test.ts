import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExponentialFold, type ExponentialValue } from "./exponential-fold.js";
import { ExponentialLattice } from "./exponential-lattice.js";

const lattice = new ExponentialLattice({ scale: 2, from: -10, to: 10 });

/** What an SDK holds of some values at a scale. */
function exponential(values: readonly number[], scale: number): ExponentialValue {
  const indexes = values.filter((value) => value > 0).map((value) => indexOf(value, scale));
  const offset = Math.min(0, ...indexes);
  const bucketCounts = Array.from({ length: Math.max(0, ...indexes) - offset + 1 }, () => 0);
  for (const index of indexes) bucketCounts[index - offset] = (bucketCounts[index - offset] ?? 0) + 1;
  return {
    scale,
    zeroCount: values.filter((value) => value === 0).length,
    positive: { offset, bucketCounts },
    negative: { offset: 0, bucketCounts: [values.filter((value) => value < 0).length] },
    sum: values.reduce((total, value) => total + value, 0),
  };
}

/** Of the bucket (base^i, base^(i+1)] that holds the value. */
function indexOf(value: number, scale: number): number {
  return Math.ceil(Math.log2(value) * 2 ** scale) - 1;
}

/** The upper bound of the bucket that holds the value of a rank. */
function upperBoundAt(rank: number, { bounds, counts }: ReturnType<ExponentialFold["take"]>): number {
  let below = 0;
  for (const [slot, count] of counts.entries()) {
    below += count;
    if (below > rank) return bounds[slot] ?? Number.POSITIVE_INFINITY;
  }
  return Number.NaN;
}

const values = fc.array(fc.double({ min: 0.002, max: 1_000, noNaN: true }), { minLength: 1, maxLength: 60 });

describe("an exponential histogram that is folded", () => {
  it("counts exactly below each bound, at the lattice's scale and finer ones", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 8 }), (given, scale) => {
        const { bounds, counts, count } = new ExponentialFold(lattice).take(exponential(given, scale));
        let below = 0;
        bounds.forEach((bound, slot) => {
          below += counts[slot] ?? 0;
          const upper = -10 * 4 + slot - 1;
          const isBelow = (value: number) => Math.floor(indexOf(value, scale) / 2 ** (scale - 2)) < upper;
          expect([bound, below]).toEqual([bound, slot === 0 ? 0 : given.filter(isBelow).length]);
        });
        expect(count).toBe(given.length);
      }),
      { numRuns: 50 },
    );
  });

  it("reads every value at most 2^(2^-scale) too high and never too low, the scale being the coarser one", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: -1, max: 8 }), (given, scale) => {
        const folded = new ExponentialFold(lattice).take(exponential(given, scale));
        const sorted = given.toSorted((a, b) => a - b);
        const factor = 2 ** (2 ** -Math.min(scale, 2));
        sorted.forEach((value, rank) => {
          const read = upperBoundAt(rank, folded);
          // Logarithms are rounded: a value on a bound may be in the next bucket.
          expect(read).toBeGreaterThanOrEqual(value * (1 - 1e-9));
          if (Number.isFinite(read)) expect(read).toBeLessThanOrEqual(value * factor * (1 + 1e-9));
        });
      }),
      { numRuns: 50 },
    );
  });

  it("never counts back when its scale becomes coarser, and counts nothing twice", () => {
    fc.assert(
      fc.property(values, values, (first, more) => {
        const fold = new ExponentialFold(lattice);
        const before = fold.take(exponential(first, 5));
        const all = [...first, ...more];
        for (const scale of [3, 0]) {
          const after = fold.take(exponential(all, scale));
          after.counts.forEach((count, slot) => {
            expect(count).toBeGreaterThanOrEqual(before.counts[slot] ?? 0);
          });
          expect(after.count).toBe(all.length);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("would count back if each state were folded by itself", () => {
    const values = [0.3, 0.6, 1.1];
    const fine = new ExponentialFold(lattice).take(exponential(values, 5));
    const coarse = new ExponentialFold(lattice).take(exponential(values, -1));
    expect(coarse.counts.some((count, slot) => count < (fine.counts[slot] ?? 0))).toBe(true);
  });

  it("merges with others by adding, whatever scale each of them had", () => {
    const [some, others] = [
      [0.01, 0.5, 7],
      [0.02, 3, 900],
    ];
    const apart = [exponential(some ?? [], 8), exponential(others ?? [], 2)].map((one) =>
      new ExponentialFold(lattice).take(one),
    );
    const together = new ExponentialFold(lattice).take(exponential([...(some ?? []), ...(others ?? [])], 4));
    const added = together.counts.map((_, slot) =>
      apart.reduce((sum, { counts }) => sum + (counts[slot] ?? 0), 0),
    );
    expect(added).toEqual(together.counts);
    expect(apart[0]?.bounds).toEqual(apart[1]?.bounds);
  });

  it("has what is zero, negative, tiny and huge in its outer buckets", () => {
    const { counts, count } = new ExponentialFold(lattice).take(exponential([0, 0, -5, 1e-9, 1e9], 4));
    expect([counts[0], counts[1], counts.at(-1), count]).toEqual([3, 1, 1, 5]);
  });

  it("begins anew where the histogram does", () => {
    const fold = new ExponentialFold(lattice);
    fold.take(exponential([1, 1, 2], 4));
    const { count, sum } = fold.take(exponential([8], 4));
    expect([count, sum]).toEqual([1, 8]);
  });
});

describe("a lattice", () => {
  it("has 0 and powers of two as bounds, and 2^scale buckets between two of them", () => {
    const { bounds } = new ExponentialLattice({ scale: 1, from: -1, to: 1 });
    expect(bounds).toEqual(
      [0, 0.5, Math.SQRT1_2, 1, Math.SQRT2, 2].map((bound) => expect.closeTo(bound, 12)),
    );
  });

  it.each([
    { from: 0, to: 0 },
    { from: 1, to: 0 },
    { from: 0.5, to: 2 },
    { from: 0, to: Number.POSITIVE_INFINITY },
    { from: -20, to: 60 },
    { scale: 7, from: 0, to: 1 },
    { scale: -1, from: 0, to: 8 },
  ])("refuses %j", (range) => {
    expect(() => new ExponentialLattice(range)).toThrow(
      expect.objectContaining({ code: "MC_OPTION_INVALID" }),
    );
  });
});
