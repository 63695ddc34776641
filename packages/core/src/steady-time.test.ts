import { manualClock } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SteadyTime } from "./steady-time.js";

type Move = { readonly kind: "pass" | "step"; readonly ms: number };

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("pass" as const),
      ms: fc.oneof(fc.nat({ max: 5_000 }), fc.double({ min: 0, max: 20, noNaN: true })),
    }),
    fc.record({ kind: fc.constant("step" as const), ms: fc.integer({ min: -10_000_000, max: 10_000_000 }) }),
    fc.record({ kind: fc.constant("step" as const), ms: fc.integer({ min: -1_000, max: 1_000 }) }),
  ),
  { maxLength: 60 },
);

/** Rounding of doubles at the size of wall time. */
const rounding = 0.001;

test("is the wall clock while that does not step", () => {
  const clock = manualClock();
  const time = new SteadyTime(clock);
  clock.advance(12_345);
  expect(time.nowMs()).toBe(clock.dateMs());
});

test("never goes back, and never runs more than half a percent off but at a step it tells", () => {
  fc.assert(
    fc.property(moves, (list) => {
      const clock = manualClock();
      const time = new SteadyTime(clock, 1_000);
      let told = 0;
      time.onStep((deltaMs) => {
        told += deltaMs;
      });
      let before = time.nowMs();
      for (const { kind, ms } of list) {
        if (kind === "pass") clock.advance(ms);
        else clock.stepWall(ms);
        told = 0;
        const now = time.nowMs();
        const passed = kind === "pass" ? ms : 0;
        expect(now).toBeGreaterThanOrEqual(before);
        expect(Math.abs(now - before - told - passed)).toBeLessThanOrEqual(passed * 0.005 + rounding);
        before = now;
      }
    }),
    { numRuns: 500 },
  );
});

describe("a forward step", () => {
  test("over the bound is taken at once, and told once", () => {
    const clock = manualClock();
    const time = new SteadyTime(clock, 1_000);
    const steps: number[] = [];
    time.onStep((deltaMs) => steps.push(deltaMs));
    clock.stepWall(3_600_000);
    expect(time.nowMs()).toBe(clock.dateMs());
    time.nowMs();
    expect(steps).toEqual([3_600_000]);
  });

  test("up to the bound is slewed", () => {
    const clock = manualClock(0);
    const time = new SteadyTime(clock, 1_000);
    const steps: number[] = [];
    time.onStep((deltaMs) => steps.push(deltaMs));
    clock.stepWall(1_000);
    expect(time.nowMs()).toBe(0);
    clock.advance(1_000);
    expect(time.nowMs()).toBeCloseTo(1_005);
    clock.advance(1_000_000);
    expect(time.nowMs()).toBeCloseTo(clock.dateMs());
    expect(steps).toEqual([]);
  });
});

test("after a backward step time goes on, a little slower, until both agree", () => {
  const clock = manualClock(10_000_000);
  const time = new SteadyTime(clock);
  clock.stepWall(-60_000);
  expect(time.nowMs()).toBe(10_000_000);
  clock.advance(1_000);
  expect(time.nowMs()).toBeCloseTo(10_000_995);
  clock.advance(60_000 / 0.005);
  expect(time.nowMs()).toBeCloseTo(clock.dateMs());
});

test("a listener may ask for the time", () => {
  const clock = manualClock();
  const time = new SteadyTime(clock, 1_000);
  const seen: number[] = [];
  time.onStep(() => seen.push(time.nowMs()));
  clock.stepWall(5_000);
  time.nowMs();
  expect(seen).toEqual([clock.dateMs()]);
});
