import { expect, test } from "vitest";
import { columnsOf } from "./block-columns.js";

const f = (...cells: number[]) => Float64Array.from(cells);
const info = { name: "g", labels: { b: "2", a: '"' }, kind: "gauge" as const };

test("an answer of the past is columns with the times where points end", () => {
  const column = { last: f(1, 2), min: f(1, 2), max: f(1, 2), sum: f(5, 6) };
  const columns = columnsOf({
    channel: "metrics",
    intervalMs: 1_000,
    fromTick: 10,
    toTick: 18,
    stepTicks: 5,
    gaps: [],
    series: [{ info, count: f(5, 3), columns: [column] }],
  });
  expect([...columns.times]).toEqual([15_000, 18_000]);
  expect(columns.series[0]).toMatchObject({ key: 'g{a="\\"",b="2"}', kind: "gauge", last: column.last });
});
