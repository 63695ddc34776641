import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FaultCount, MessageRate } from "./rate-limit.js";

describe("messages", () => {
  const limits = { messagesPerMinute: 100, messageBurst: 40 };

  test("B32: forty at once pass, the next is told when to come back, and may then", () => {
    const rate = new MessageRate(limits);
    for (let k = 0; k < 40; k += 1) expect(rate.take(0)).toEqual({ allowed: true });
    expect(rate.take(0)).toEqual({ allowed: false, retryAfterMs: 600 });
    expect(rate.take(599).allowed).toBe(false);
    expect(rate.take(600).allowed).toBe(true);
    expect(rate.take(600).allowed).toBe(false);
  });

  test("no more than the burst and the rate pass in any time", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2_000 }), { maxLength: 200 }), (waits) => {
        const rate = new MessageRate(limits);
        let now = 0;
        let passed = 0;
        for (const wait of waits) {
          now += wait;
          if (rate.take(now).allowed) passed += 1;
          expect(passed).toBeLessThanOrEqual(40 + (now / 60_000) * 100 + 0.001);
        }
      }),
    );
  });
});

describe("faults", () => {
  test("the tenth within a minute is one too many", () => {
    const faults = new FaultCount(10);
    for (let k = 0; k < 9; k += 1) expect(faults.add(k)).toBe(false);
    expect(faults.add(59_999)).toBe(true);
  });

  test("old ones are forgotten one by one", () => {
    const faults = new FaultCount(3);
    expect([0, 30_000, 60_000, 89_999, 90_000].map((now) => faults.add(now))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  test("is true exactly when the last minute has that many", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 40_000 })), fc.integer({ min: 1, max: 5 }), (waits, limit) => {
        const faults = new FaultCount(limit);
        const times: number[] = [];
        for (const wait of waits) {
          const now = (times.at(-1) ?? 0) + wait;
          times.push(now);
          expect(faults.add(now)).toBe(times.filter((time) => time > now - 60_000).length >= limit);
        }
      }),
    );
  });
});
