import type { Columns } from "@metricast/client";
import { expect, test } from "vitest";
import { continued } from "./continued.js";

const f = (...cells: number[]) => Float64Array.from(cells);
const info = { name: "g", labels: {}, kind: "gauge" as const };

const gauge = (times: number[], values: number[]): Columns => {
  const cells = f(...values);
  const count = f(...values.map(() => 1));
  const columns = { last: cells, min: cells, max: cells, sum: cells };
  return { times: f(...times), series: [{ key: "g", info, kind: "gauge", count, ...columns }] };
};

test("points from before a restart stay, and the line ends between", () => {
  const { times, series } = continued(gauge([1, 2, 3], [7, 8, 9]), gauge([10, 11], [1, 2]), 2);
  const [one] = series;
  expect([...times]).toEqual([2, 3, 9, 10, 11]);
  expect(one?.kind === "gauge" && [...one.last]).toEqual([8, 9, Number.NaN, 1, 2]);
  expect(one && [...one.count]).toEqual([1, 1, 0, 1, 1]);
});

test("what is held now goes before what was held of the same time", () => {
  expect([...continued(gauge([4, 5, 6], [1, 1, 1]), gauge([5, 6, 7], [2, 2, 2]), 0).times]).toEqual([
    4, 5, 6, 7,
  ]);
  const newer = gauge([1, 2], [1, 1]);
  expect(continued(gauge([1, 2], [3, 3]), newer, 0)).toBe(newer);
  expect(continued(undefined, newer, 0)).toBe(newer);
});
