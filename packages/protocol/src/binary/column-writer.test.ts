import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BitReader } from "./bit-reader.js";
import { BitWriter } from "./bit-writer.js";
import { ColumnReader } from "./column-reader.js";
import { ColumnWriter } from "./column-writer.js";
import { chanceOf, streamNames, streamOf } from "./testing/number-streams.js";

/** Used again and again, as they are for all columns of a block. */
const writer = new ColumnWriter();
const reader = new ColumnReader();

function expectSame(values: Float64Array): number {
  const out = new BitWriter();
  // Not at the beginning, and not alone.
  out.bits(0b101, 3);
  writer.write(out, values, values.length);
  const end = out.bitLength;
  out.bits(0xffff, 16);
  const input = new BitReader(out.toBytes(), 3);
  const read = new Float64Array(values.length + 2).fill(7);
  reader.read(input, read, values.length);
  expect(input.at).toBe(end);
  const wrong = values.findIndex((value, k) => !Object.is(value, read[k]));
  if (wrong >= 0) expect(read[wrong], `value ${wrong} of ${values.length}`).toBe(values[wrong]);
  // Nothing behind the column.
  expect([...read.subarray(values.length)]).toEqual([7, 7]);
  return end - 3;
}

describe("columns", () => {
  test.each(streamNames)("of %s are exact at any length, kept or not", (name) => {
    const chance = chanceOf(21);
    const take = streamOf(name, chance);
    for (const length of [0, 1, 2, 3, 60, 120, 1_000]) {
      for (const staying of [0, 0.2, 0.3, 0.9, 0.99]) {
        let value = take();
        const values = Float64Array.from({ length }, () => {
          if (chance() >= staying) value = take();
          return value;
        });
        expectSame(values);
      }
    }
  });

  test("of anything are exact", () => {
    const special = fc.constantFrom(
      Number.NaN,
      Infinity,
      -Infinity,
      -0,
      0,
      1,
      5,
      0.25,
      Number.MIN_VALUE,
      2 ** 53,
    );
    const number = fc.oneof(fc.double(), fc.integer(), special);
    const runs = fc.array(fc.tuple(number, fc.integer({ min: 1, max: 9 })), { maxLength: 20 });
    fc.assert(
      fc.property(runs, (list) => {
        expectSame(Float64Array.from(list.flatMap(([value, times]) => Array(times).fill(value))));
      }),
      { numRuns: 3_000 },
    );
  });

  test("of one number take that number, however long", () => {
    expect(expectSame(new Float64Array(1_000).fill(12.5))).toBe(2 + 6 + 6 + 8);
    expect(expectSame(new Float64Array(1_000).fill(Number.NaN))).toBe(2 + 6 + 64);
  });

  test("that seldom change take little for what stays", () => {
    const values = Float64Array.from({ length: 1_000 }, (_, k) => Math.floor(k / 100));
    expect(expectSame(values)).toBeLessThan(9 * 16 + 40);
  });

  test("of decimals keep their scale where one number has none", () => {
    const values = Float64Array.from({ length: 120 }, (_, k) => (k === 60 ? Number.NaN : (k * k) / 100));
    expect(expectSame(values) / 120).toBeLessThan(12);
  });
});
