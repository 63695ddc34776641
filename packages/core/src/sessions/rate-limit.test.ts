import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FaultCount, MessageRate } from "./rate-limit.js";
import { TokenBucket } from "./token-bucket.js";

describe("messages", () => {
  const limits = { messagesPerMinute: 100, messageBurst: 40 };

  /** One client's. */
  function counting(of = limits) {
    const rate = new MessageRate(of);
    let account = 0;
    return (now: number) => {
      const verdict = rate.take(account, now);
      if (verdict.allowed) account = verdict.account;
      return verdict;
    };
  }

  test("B32: forty at once pass, the next is told when to come back, and may then", () => {
    const take = counting();
    for (let k = 0; k < 40; k += 1) expect(take(0).allowed).toBe(true);
    expect(take(0)).toEqual({ allowed: false, retryAfterMs: 600 });
    expect(take(599).allowed).toBe(false);
    expect(take(600).allowed).toBe(true);
    expect(take(600).allowed).toBe(false);
  });

  test("a client that comes late has its whole burst, and no more", () => {
    const take = counting();
    for (let k = 0; k < 40; k += 1) expect(take(1_000_000.3).allowed).toBe(true);
    expect(take(1_000_000.3).allowed).toBe(false);
  });

  test("no more than the burst and the rate pass in any time, and no less where it is asked for", () => {
    const anyLimits = fc.record({
      messagesPerMinute: fc.integer({ min: 1, max: 10_000 }),
      messageBurst: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(anyLimits, fc.array(fc.nat({ max: 2_000 }), { maxLength: 200 }), (of, waits) => {
        const take = counting(of);
        // The twin: a bucket of tokens.
        const bucket = new TokenBucket({ perSecond: of.messagesPerMinute / 60, burst: of.messageBurst });
        let now = 0;
        for (const wait of waits) {
          now += wait;
          const verdict = take(now);
          const isTaken = bucket.take(now);
          const held = bucket.tokens + (isTaken ? 1 : 0);
          // On the very edge either may be right.
          if (Math.abs(held - 1) < 1e-6) return;
          expect(verdict.allowed).toBe(isTaken);
          if (!verdict.allowed)
            expect(Math.abs(verdict.retryAfterMs - bucket.retryAfterMs(now))).toBeLessThanOrEqual(1);
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
