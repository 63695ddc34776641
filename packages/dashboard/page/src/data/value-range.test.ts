import { expect, test } from "vitest";
import { axisRange, axisSteps, extentOf } from "./value-range.js";

const plain = { unit: "", isRate: false };

test("the extent has the band in it and only the rows that are shown", () => {
  const line = { key: "a", values: [100, 5, 6, null], low: [100, 2, 6, null], high: [100, 9, 6, null] };
  expect(extentOf([line], 1, 3)).toEqual([2, 9]);
  expect(extentOf([line], 3, 3)).toBeUndefined();
  expect(extentOf([], 0, 9)).toBeUndefined();
});

test("an axis begins at zero where zero is near", () => {
  expect(axisRange([1, 10], plain)[0]).toBe(0);
  expect(axisRange([1_000, 1_001], plain)[0]).toBeGreaterThan(900);
  expect(axisRange([-5, -1], plain)[1]).toBe(0);
});

test("a value that stands still has room around it", () => {
  expect(axisRange([50, 50], plain)).toEqual([0, 62.5]);
  expect(axisRange([-4, -4], plain)).toEqual([-5, 0]);
  const [least, most] = axisRange([1.7e9, 1.7e9], plain);
  expect(least).toBeLessThan(1.7e9);
  expect(most).toBeGreaterThan(1.7e9);
  expect(axisRange([0, 0], plain)).toEqual([0, 1]);
});

test("steps of bytes are powers of two", () => {
  const steps = axisSteps({ unit: "bytes", isRate: true });
  expect(steps.every((step) => Number.isInteger(Math.log2(step)))).toBe(true);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
});
