import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StepHead } from "./step-head.js";

/** Steps that ticks complete, each with the one it follows. */
function stepsOf(stepTicks: number, ticks: readonly number[]) {
  const head = new StepHead(stepTicks);
  return ticks.flatMap((tick) => {
    const step = head.advance(tick);
    return step === undefined ? [] : [[step, head.prev]];
  });
}

describe("StepHead", () => {
  it("takes a step with the tick that completes it", () => {
    expect(stepsOf(5, [4, 5, 6, 9, 10, 11, 15])).toEqual([
      [0, undefined],
      [5, 0],
      [10, 5],
      [15, 10],
    ]);
  });

  it("ends the chain where a step was begun and not completed", () => {
    expect(stepsOf(5, [5, 6, 21])).toEqual([
      [5, undefined],
      [20, undefined],
    ]);
  });

  it("passes over steps in which nothing was sampled", () => {
    expect(stepsOf(2, [4, 8, 12, 13, 14])).toEqual([
      [4, undefined],
      [8, 4],
      [12, 8],
      [14, 12],
    ]);
  });

  it("follows exactly where no tick of another step lies between", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.uniqueArray(fc.nat({ max: 60 }), { maxLength: 40 }),
        (stepTicks, drawn) => {
          const ticks = drawn.sort((a, b) => a - b);
          const head = new StepHead(stepTicks);
          for (const tick of ticks) {
            const before = head.tick;
            const step = head.advance(tick);
            if (step === undefined) continue;
            const between = ticks.filter(
              (one) => before !== undefined && one > before && one <= step - stepTicks,
            );
            expect(head.prev).toBe(between.length === 0 ? before : undefined);
          }
        },
      ),
    );
  });
});
