import { expect, test } from "vitest";
import { heatOf } from "./heat.js";

const buckets = (columns: number[][], isThere: number[]) => ({
  bounds: [1],
  columns: columns.map((column) => Float64Array.from(column)),
  isThere: Uint8Array.from(isThere),
});

test("fields are as warm as their rate, whatever their length", () => {
  const times = Float64Array.from([0, 1_000, 11_000]);
  const heat = heatOf(
    buckets(
      [
        [9, 4, 40],
        [0, 1, 0],
      ],
      [1, 1, 1],
    ),
    times,
    0,
    2,
  );
  expect(heat).toEqual([
    { row: 1, bucket: 0, share: 1 },
    { row: 1, bucket: 1, share: 0.5 },
    { row: 2, bucket: 0, share: 1 },
  ]);
});

test("where nothing was sampled there is no field", () => {
  const times = Float64Array.from([0, 1_000]);
  expect(heatOf(buckets([[1, 1]], [1, 0]), times, 0, 1)).toEqual([]);
});
