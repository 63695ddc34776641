import { expect, test } from "vitest";
import { rowAt } from "./row-at.js";

test.each([
  [[1, 2, 3], 1_900, 1],
  [[1, 2, 3], 1_400, 0],
  [[1, 2, 3], 3_900, 2],
  [[1, 2, 3], 60_000, undefined],
  [[10, 20], 14_000, 0],
  [[5], 5_500, 0],
  [[], 5, undefined],
  [[1], undefined, undefined],
])("in %j the row at %s is %s", (times, atMs, row) => {
  expect(rowAt(times, atMs)).toBe(row);
});
