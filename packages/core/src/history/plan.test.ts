import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LevelRange, planSlices } from "./plan.js";

const levels: LevelRange[] = [
  { stepTicks: 1, heldFrom: 1_233, through: 1_507 },
  { stepTicks: 10, heldFrom: 900, through: 1_500 },
  { stepTicks: 60, heldFrom: 0, through: 1_500 },
];

describe("planSlices", () => {
  it("reads the coarsest level that gives the step, and finer ones for what it has not", () => {
    expect(planSlices(levels, 0, 1_507, 60)).toEqual([
      { level: 2, fromTick: 0, toTick: 1_500 },
      { level: 0, fromTick: 1_500, toTick: 1_507 },
    ]);
    expect(planSlices(levels, 960, 1_507, 20)).toEqual([
      { level: 1, fromTick: 960, toTick: 1_500 },
      { level: 0, fromTick: 1_500, toTick: 1_507 },
    ]);
  });

  it("makes do with the finest that is held, whole buckets at a time", () => {
    expect(planSlices(levels, 0, 1_507, 1)).toEqual([
      { level: 2, fromTick: 0, toTick: 900 },
      { level: 1, fromTick: 900, toTick: 1_240 },
      { level: 0, fromTick: 1_240, toTick: 1_507 },
    ]);
    expect(planSlices(levels, 1_235, 1_300, 60)).toEqual([{ level: 0, fromTick: 1_235, toTick: 1_300 }]);
  });

  it("goes on after what nothing holds", () => {
    const torn = levels.map((level) => ({ ...level, heldFrom: level.heldFrom + 1_200, through: 2_700 }));
    expect(planSlices(torn, 0, 1_320, 60)).toEqual([{ level: 2, fromTick: 1_200, toTick: 1_320 }]);
    expect(planSlices([], 0, 100, 1)).toEqual([]);
    expect(planSlices(levels, 2_000, 2_100, 1)).toEqual([]);
  });

  it("never overlaps, never goes back, and misses nothing that raw ticks hold", () => {
    const range = fc.record({
      from: fc.nat(2_000),
      length: fc.integer({ min: 1, max: 2_000 }),
      step: fc.integer({ min: 1, max: 200 }),
    });
    const held = fc.tuple(fc.nat(1_500), fc.nat(150), fc.nat(25));
    fc.assert(
      fc.property(range, held, ({ from, length, step }, [raw, ten, sixty]) => {
        const some = levels.map((level, index) => ({
          ...level,
          heldFrom: [raw, ten * 10, sixty * 60][index] ?? 0,
        }));
        const slices = planSlices(some, from, from + length, step);
        let at = from;
        for (const slice of slices) {
          expect(slice.fromTick).toBeGreaterThanOrEqual(at);
          expect(slice.toTick).toBeGreaterThan(slice.fromTick);
          at = slice.toTick;
        }
        expect(at).toBeLessThanOrEqual(from + length);
        const start = Math.max(from, raw);
        const end = Math.min(from + length, 1_507);
        let covered = start;
        for (const slice of slices) if (slice.fromTick <= covered) covered = Math.max(covered, slice.toTick);
        expect(covered).toBeGreaterThanOrEqual(end);
      }),
    );
  });
});
