import { describe, expect, it } from "vitest";
import type { LevelRange } from "./plan.js";
import { oldestTickAt, stepWithin } from "./resolution.js";

const levels: LevelRange[] = [
  { stepTicks: 1, heldFrom: 6_000, through: 7_205 },
  { stepTicks: 10, heldFrom: 3_000, through: 7_200 },
  { stepTicks: 60, heldFrom: 0, through: 7_200 },
];

describe("oldestTickAt", () => {
  it("goes as far back as the coarsest level whose step divides", () => {
    expect([1, 7, 10, 30, 60, 120].map((step) => oldestTickAt(levels, step))).toEqual([
      6_001, 6_001, 3_001, 3_001, 1, 1,
    ]);
    expect(oldestTickAt([], 1)).toBeUndefined();
  });

  it("stops at a hole between a tier's last bucket and the ticks", () => {
    const torn = [{ stepTicks: 1, heldFrom: 7_203, through: 7_205 }, ...levels.slice(1)];
    expect(oldestTickAt(torn, 60)).toBe(7_204);
  });
});

describe("stepWithin", () => {
  it("is the finest that needs at most so many points", () => {
    expect(stepWithin(levels, 7_000, 7_200, 1_000)).toBe(1);
    expect(stepWithin(levels, 6_000, 7_200, 300)).toBe(4);
    expect(stepWithin(levels, 6_000, 7_200, 100)).toBe(12);
  });

  it("is a multiple of the finest level that goes back to the start", () => {
    expect(stepWithin(levels, 5_999, 7_200, 2_000)).toBe(10);
    expect(stepWithin(levels, 3_000, 7_200, 300)).toBe(20);
    expect(stepWithin(levels, 2_999, 7_200, 2_000)).toBe(60);
    expect(stepWithin(levels, -9_000, 7_200, 2_000)).toBe(60);
  });

  it("takes a tier's multiple where that is at most a quarter coarser", () => {
    expect(stepWithin(levels, 6_000, 7_200, 25)).toBe(60);
    expect(stepWithin(levels, 6_000, 7_200, 26)).toBe(50);
    expect(stepWithin(levels, 6_000, 7_200, 150)).toBe(10);
  });

  it("makes do with no levels and no points", () => {
    expect(stepWithin([], 0, 100, 10)).toBe(10);
    expect(stepWithin([], 0, 100, 0)).toBe(100);
    expect(stepWithin([], 100, 0, 10)).toBe(1);
  });
});
