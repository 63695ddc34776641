import type { SeriesColumns } from "@metricast/client";
import { describe, expect, test } from "vitest";
import { counterLine, gaugeLine, percentileLines, summed } from "./lines.js";

const none = Number.NaN;
const f = (...cells: number[]) => Float64Array.from(cells);
type Of<Kind> = Extract<SeriesColumns, { readonly kind: Kind }>;

const gauge = (
  count: number[],
  last: number[],
  min: number[],
  max: number[],
  sum: number[],
): Of<"gauge"> => ({
  key: "g",
  kind: "gauge",
  info: { name: "g", labels: {}, kind: "gauge" },
  count: f(...count),
  last: f(...last),
  min: f(...min),
  max: f(...max),
  sum: f(...sum),
});
const counter = (count: number[], increase: number[]): Of<"counter"> => ({
  key: "c",
  kind: "counter",
  info: { name: "c", labels: {}, kind: "counter" },
  count: f(...count),
  last: f(...count),
  increase: f(...increase),
});
const histogram = (bounds: number[], increases: number[][], count = [1, 1]): Of<"histogram"> => ({
  key: "h",
  kind: "histogram",
  info: { name: "h", labels: {}, kind: "histogram", bounds },
  count: f(...count),
  slots: increases.map((increase) => ({ last: f(...increase), increase: f(...increase) })),
});

describe("a gauge", () => {
  test("is its mean, between the least and the most", () => {
    const line = gaugeLine(gauge([1, 4], [5, 9], [5, 1], [5, 9], [5, 16]));
    expect(line).toEqual({ key: "g", values: [5, 4], low: [5, 1], high: [5, 9] });
  });

  test("has no band where every point is one value", () => {
    expect(gaugeLine(gauge([1, 2], [5, 3], [5, 3], [5, 3], [5, 6]))).toEqual({ key: "g", values: [5, 3] });
  });

  test("ends where there is nothing", () => {
    const line = gaugeLine(gauge([1, 0, 1], [5, none, 7], [5, none, 7], [5, none, 7], [5, none, 7]));
    expect(line.values).toEqual([5, null, 7]);
  });

  test("that is not a number leaves no mark", () => {
    expect(gaugeLine(gauge([1], [none], [none], [none], [none])).values).toEqual([null]);
  });
});

describe("a counter", () => {
  test("is what it grows by each second, over points of different lengths", () => {
    const times = f(10_000, 20_000, 21_000, 22_000);
    expect(counterLine(counter([10, 10, 1, 1], [none, 50, 3, 0]), times, 1_000).values).toEqual([
      null,
      5,
      3,
      0,
    ]);
  });

  test("that is first seen with all it ever counted has no rate there; one that was at zero has", () => {
    const times = f(1_000, 2_000, 3_000);
    const seen = (last: number[], increase: number[]) =>
      counterLine({ ...counter([1, 1, 1], increase), last: f(...last) }, times, 1_000).values;
    expect(seen([9e8, 9e8 + 5, 9e8 + 9], [9e8, 5, 4])).toEqual([null, 5, 4]);
    expect(seen([0, 7, 7], [0, 7, 0])).toEqual([0, 7, 0]);
  });

  test("across an absence counts from the point before it", () => {
    const times = f(1_000, 2_000, 3_000, 4_000);
    expect(counterLine(counter([1, 0, 0, 1], [none, none, none, 6]), times, 1_000).values).toEqual([
      null,
      null,
      null,
      2,
    ]);
  });
});

test("a coarse point of a counter that begins before a fine one ended is of all its samples", () => {
  const times = f(10_000, 17_000, 20_000);
  expect(counterLine(counter([10, 7, 10], [20, 7, 30]), times, 1_000).values).toEqual([2, 1, 3]);
});

describe("a histogram", () => {
  test("gives percentiles over all its label sets together", () => {
    const times = f(1_000, 2_000);
    const a = histogram(
      [1, 2],
      [
        [10, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    );
    const b = histogram(
      [1, 2],
      [
        [0, 0],
        [10, 0],
        [0, 0],
        [0, 0],
      ],
    );
    const [p50, p99] = percentileLines([a, b], times, [0.5, 0.99]);
    expect(p50).toMatchObject({ key: "p50", values: [1, 1] });
    expect(p99?.values[0]).toBeCloseTo(1.98);
  });

  test("says nothing where nothing was observed, and forgets what was long ago", () => {
    const times = f(1_000, 2_000, 60_000);
    const once = histogram(
      [1, 2],
      [
        [0, 4, 0],
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
      [1, 1, 1],
    );
    const [p50] = percentileLines([once], times, [0.5]);
    expect(p50?.values).toEqual([null, 0.5, null]);
  });

  test("ends where its points are absent", () => {
    const times = f(1_000, 2_000);
    const [p50] = percentileLines(
      [
        histogram(
          [1],
          [
            [4, none],
            [0, none],
            [0, none],
          ],
          [1, 0],
        ),
      ],
      times,
      [0.5],
    );
    expect(p50?.values).toEqual([0.5, null]);
  });

  test("of other bounds is left out of the sum", () => {
    const sum = summed(
      [
        histogram(
          [1],
          [
            [1, 2],
            [3, 4],
            [0, 0],
          ],
        ),
        histogram(
          [9],
          [
            [1, 1],
            [1, 1],
            [0, 0],
          ],
        ),
      ],
      2,
    );
    expect(sum.columns.map((column) => [...column])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
});
