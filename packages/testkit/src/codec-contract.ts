import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lawRuns } from "./law-runs.js";

/** A value of one series at one tick, as a codec has to carry it. */
export type Cell = number | "absent" | "stale";

export interface CodecUnderTest<Encoded> {
  encode(rows: readonly (readonly Cell[])[]): Encoded;
  decode(encoded: Encoded): readonly (readonly Cell[])[];
}

const edges: readonly (readonly [string, readonly Cell[]])[] = [
  ["zero and minus zero", [0, -0]],
  ["NaN", [Number.NaN]],
  ["the infinities", [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ["subnormals", [Number.MIN_VALUE, -Number.MIN_VALUE, 2 ** -1030, 2.225073858507201e-308]],
  ["the smallest normal and the largest number", [2 ** -1022, Number.MAX_VALUE, -Number.MAX_VALUE]],
  ["around 2^31 and 2^32", [2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32 - 1, 2 ** 32]],
  ["around 2^53", [2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2, -(2 ** 53)]],
  ["numbers with long decimals", [0.1, 0.1 + 0.2, 1 / 3, 1e21, 1e-7, 123456.789]],
  ["sums that drift off their decimals", [91.21300000000001, 91.213, 5.1000000000000005, -5.1]],
  ["multiples of a page, and what vanishes beside them", [4_096_000, 1_024_000, 5e-324, 4_097_024]],
  ["absent and stale", ["absent", "stale", 0, "stale", "absent"]],
  ["nothing at all", []],
];

/** What every codec must do: give back the very same values, told apart as `Object.is` does. */
export function codecContract<Encoded>(name: string, codec: CodecUnderTest<Encoded>): void {
  const roundTrip = (rows: readonly (readonly Cell[])[]) => codec.decode(codec.encode(rows));

  describe(`codec contract: ${name}`, () => {
    test.each(edges)("%s", (_, row) => expectSame(roundTrip([row]), [row]));

    test("every edge after every other, in one series", () => {
      const values = edges.flatMap(([, row]) => row);
      const rows = values
        .flatMap((before) => values.map((after) => [before, after]))
        .map((pair) => [pair[0] ?? 0]);
      expectSame(roundTrip(rows), rows);
    });

    test("rows that do not change", () => {
      const row: readonly Cell[] = [1, -0, Number.NaN, "stale", "absent"];
      const rows = Array.from({ length: 300 }, () => row);
      expectSame(roundTrip(rows), rows);
    });

    test("no rows", () => expectSame(roundTrip([]), []));

    test("any rows", () => {
      const cell: fc.Arbitrary<Cell> = fc.oneof(
        fc.double(),
        fc.integer(),
        fc.constantFrom<Cell[]>("absent", "stale", -0, Number.NaN, 2 ** 53, Number.MIN_VALUE),
      );
      const table = fc
        .nat({ max: 8 })
        .chain((width) =>
          fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 40 }),
        );
      fc.assert(
        fc.property(table, (rows) => expectSame(roundTrip(rows), rows)),
        { numRuns: lawRuns(100) },
      );
    });
  });
}

function expectSame(got: readonly (readonly Cell[])[], wanted: readonly (readonly Cell[])[]): void {
  expect(got.map((row) => row.map(exactly))).toEqual(wanted.map((row) => row.map(exactly)));
}

/** Text that differs where `Object.is` does. */
function exactly(cell: Cell): string {
  return Object.is(cell, -0) ? "-0" : String(cell);
}
