import { lawRuns } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyedBuckets, TokenBucket } from "./token-bucket.js";

describe("TokenBucket", () => {
  it("grants the burst at once, then its rate", () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 3 });
    expect([bucket.take(0), bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(bucket.retryAfterMs(0)).toBe(500);
    expect(bucket.take(499)).toBe(false);
    expect(bucket.take(500)).toBe(true);
    expect(bucket.take(500)).toBe(false);
  });

  it("says that what never fits never fits", () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 2 });
    expect(bucket.take(0, 3)).toBe(false);
    expect(bucket.retryAfterMs(0, 3)).toBe(Number.POSITIVE_INFINITY);
    expect(bucket.retryAfterMs(0, 2)).toBe(0);
  });

  it("does not freeze when the clock goes back an hour", () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1 });
    expect(bucket.take(3_600_000)).toBe(true);
    expect(bucket.take(0)).toBe(false);
    expect(bucket.take(1_000)).toBe(true);
  });

  const anyTime = fc.oneof(
    fc.double(),
    fc.integer({ min: -1e6, max: 1e6 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  );

  it("stays in [0, burst] whatever the clock does", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 1_000 }),
        fc.array(fc.tuple(anyTime, fc.integer({ min: 1, max: 5 }))),
        (perSecond, burst, steps) => {
          const bucket = new TokenBucket({ perSecond, burst });
          for (const [nowMs, cost] of steps) {
            bucket.take(nowMs, cost);
            if (!(bucket.tokens >= 0 && bucket.tokens <= burst)) return false;
            if (!(bucket.retryAfterMs(nowMs, cost) >= 0)) return false;
          }
          return true;
        },
      ),
      { numRuns: lawRuns(100) },
    );
  });

  it("never grants more than burst + rate * time on a clock that only advances", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 }),
        (perSecond, burst, waits) => {
          const bucket = new TokenBucket({ perSecond, burst });
          let nowMs = 0;
          let granted = 0;
          for (const wait of waits) {
            nowMs += wait;
            if (bucket.take(nowMs)) granted += 1;
          }
          return granted <= burst + (perSecond * nowMs) / 1_000 + 1e-6;
        },
      ),
      { numRuns: lawRuns(100) },
    );
  });

  it("keeps its word: after retryAfterMs a take succeeds", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1_000, noNaN: true }),
        fc.integer({ min: 1, max: 50 }),
        (perSecond, burst) => {
          const bucket = new TokenBucket({ perSecond, burst });
          while (bucket.take(0));
          return bucket.take(bucket.retryAfterMs(0) + 1);
        },
      ),
      { numRuns: lawRuns(100) },
    );
  });
});

describe("KeyedBuckets", () => {
  it("keeps keys apart", () => {
    const buckets = new KeyedBuckets({ perSecond: 1, burst: 1 });
    expect(buckets.take("a", 0)).toBe(true);
    expect(buckets.take("a", 0)).toBe(false);
    expect(buckets.take("b", 0)).toBe(true);
    expect(buckets.retryAfterMs("a", 0)).toBe(1_000);
  });

  it("holds at most its bound, and forgets the key that was idle longest", () => {
    const buckets = new KeyedBuckets({ perSecond: 0.001, burst: 1 }, 3);
    for (const key of ["a", "b", "c"]) buckets.take(key, 0);
    expect(buckets.take("a", 1)).toBe(false);
    buckets.take("d", 2);
    expect(buckets.size).toBe(3);
    // "a" was used since "b": "b" went, "a" is still held to its rate.
    expect(buckets.take("a", 3)).toBe(false);
    expect(buckets.take("b", 3)).toBe(true);
  });

  it("is bounded at 100,000 keys unless told", () => {
    const buckets = new KeyedBuckets({ perSecond: 1, burst: 1 });
    for (let key = 0; key <= 100_000; key += 1) buckets.take(`${key}`, 0);
    expect(buckets.size).toBe(100_000);
  });
});
