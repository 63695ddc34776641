import { describe, expect, it } from "vitest";
import { isDerived, keptTierSteps, tierStepsFor } from "./tier-steps.js";

describe("tierStepsFor", () => {
  it.each([
    [100, [100, 600, 9_000]],
    [1_000, [10, 60, 900]],
    [2_000, [5, 30, 450]],
    [5_000, [2, 12, 180]],
    [7_000, [9, 126]],
    [10_000, [6, 90]],
    [60_000, [15]],
    [3_600_000, []],
  ])("of %i ms", (intervalMs, steps) => {
    expect(tierStepsFor(intervalMs)).toEqual(steps);
  });

  it("gives multiples of each other for any interval", () => {
    for (let intervalMs = 100; intervalMs < 1_000_000; intervalMs += 337) {
      let before = 1;
      for (const step of tierStepsFor(intervalMs)) {
        expect(step % before).toBe(0);
        expect(step).toBeGreaterThan(before);
        before = step;
      }
    }
  });

  it.each([
    [[12, 180], true],
    [[30, 450], true],
    // So coarse that answers over long ranges need it.
    [[100, 600, 9_000], false],
    // The coarsest is what is left when nothing else is.
    [[15], false],
    [[], false],
  ])("of %j the finest is made of ticks that go: %s", (steps, derived) => {
    expect(isDerived(steps)).toBe(derived);
  });

  it("keeps no tier that would take more memory than its ticks", () => {
    expect(keptTierSteps([2, 12, 180])).toEqual([12, 180]);
    expect(keptTierSteps([6, 90])).toEqual([90]);
  });
});
