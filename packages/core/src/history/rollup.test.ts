import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addGauge, gaugeColumn, lostBetween, mergeGauge } from "./rollup.js";

type Point = { last: number; min: number; max: number; sum: number };

function read(column: ReturnType<typeof gaugeColumn>, at: number): Point {
  const [last = 0, min = 0, max = 0, sum = 0] = [
    column.last[at],
    column.min[at],
    column.max[at],
    column.sum[at],
  ];
  return { last, min, max, sum };
}

function pointOf(values: readonly number[]) {
  const column = gaugeColumn(1);
  for (const [index, value] of values.entries()) addGauge(column, 0, index === 0, value);
  return column;
}

function merged(...points: readonly ReturnType<typeof gaugeColumn>[]) {
  const column = gaugeColumn(1);
  for (const [index, point] of points.entries()) mergeGauge(column, 0, index === 0, point, 0);
  return column;
}

const sample = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -1_000_000, max: 1_000_000 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  },
);
const samples = fc.array(sample, { minLength: 1, maxLength: 12 });

describe("merging gauges", () => {
  it("is associative", () => {
    fc.assert(
      fc.property(samples, samples, samples, (a, b, c) => {
        const [x, y, z] = [pointOf(a), pointOf(b), pointOf(c)];
        const left = read(merged(merged(x, y), z), 0);
        expect(read(merged(x, merged(y, z)), 0)).toEqual(left);
        expect(read(pointOf([...a, ...b, ...c]), 0)).toEqual(left);
      }),
    );
  });

  it("keeps min, max, sum and last of all samples", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const numbers = values.filter((value) => !Number.isNaN(value));
        const { last, min, max, sum } = read(pointOf(values), 0);
        expect(last).toBe(values.at(-1));
        expect(min).toBe(numbers.length === 0 ? Number.NaN : Math.min(...numbers));
        expect(max).toBe(numbers.length === 0 ? Number.NaN : Math.max(...numbers));
        const [first = Number.NaN, ...rest] = numbers;
        expect(sum).toBe(rest.reduce((total, value) => total + value, first));
      }),
    );
  });

  it("keeps the numbers of a point whose sum became NaN", () => {
    const infinite = pointOf([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(read(merged(infinite, pointOf([3])), 0)).toEqual({
      last: 3,
      min: Number.NEGATIVE_INFINITY,
      max: Number.POSITIVE_INFINITY,
      sum: Number.NaN,
    });
  });
});

describe("lostBetween", () => {
  it("makes totals whose differences are exact increases, in any grouping", () => {
    const counts = fc.array(fc.nat(1_000_000), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(counts, fc.nat(), fc.nat(), (values, a, b) => {
        let offset = 0;
        let expected = 0;
        const totals: number[] = [];
        const growths: number[] = [];
        for (const [index, value] of values.entries()) {
          const previous = values[index - 1] ?? 0;
          offset += lostBetween(previous, value);
          expected += value < previous ? value : value - previous;
          totals.push(value + offset);
          growths.push(expected);
        }
        const [from = 0, to = 0] = [a % values.length, b % values.length].sort((x, y) => x - y);
        expect((totals[to] ?? 0) - (totals[from] ?? 0)).toBe((growths[to] ?? 0) - (growths[from] ?? 0));
      }),
    );
  });

  it("loses nothing where nothing was known", () => {
    expect(lostBetween(Number.NaN, 5)).toBe(0);
    expect(lostBetween(5, 5)).toBe(0);
    expect(lostBetween(5, 4)).toBe(5);
  });
});
