import { expect, test } from "vitest";
import { percentile } from "./percentile.js";

const bounds = [1, 2, 4];

test("is spread evenly within a bucket", () => {
  expect(percentile(bounds, [0, 10, 0, 0], 0.5)).toBe(1.5);
  expect(percentile(bounds, [10, 0, 0, 0], 0.9)).toBeCloseTo(0.9);
  expect(percentile(bounds, [50, 0, 50, 0], 0.75)).toBe(3);
});

test("at the edge of a bucket is that edge", () => {
  expect(percentile(bounds, [50, 50, 0, 0], 0.5)).toBe(1);
  expect(percentile(bounds, [0, 0, 5, 0], 1)).toBe(4);
});

test("above the last bound is the last bound", () => {
  expect(percentile(bounds, [1, 0, 0, 99], 0.5)).toBe(4);
});

test("of nothing is not a number", () => {
  expect(percentile(bounds, [0, 0, 0, 0], 0.5)).toBeNaN();
  expect(percentile([], [], 0.5)).toBeNaN();
});

test("a first bucket of negative values has no zero in it", () => {
  expect(percentile([-5, 0], [4, 0, 0], 0.5)).toBe(-5);
});
