import { expect, test } from "vitest";
import { pointCount } from "./block.js";
import { slotCount } from "./series.js";

test("a last point may be partial, and counts", () => {
  expect(pointCount({ fromTick: 0, toTick: 10 }, 5)).toBe(2);
  expect(pointCount({ fromTick: 0, toTick: 11 }, 5)).toBe(3);
  expect(pointCount({ fromTick: 7, toTick: 7 }, 5)).toBe(0);
});

test("a histogram has a slot per bucket, one above the last bound, and the sum", () => {
  expect(slotCount({ kind: "gauge" })).toBe(1);
  expect(slotCount({ kind: "counter" })).toBe(1);
  expect(slotCount({ kind: "histogram", bounds: [1, 2, 3] })).toBe(5);
  expect(slotCount({ kind: "histogram" })).toBe(2);
});
