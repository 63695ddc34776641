import fc from "fast-check";
import { expect, test } from "vitest";
import { readList, writeList } from "./bit-list.js";
import { BitReader } from "./bit-reader.js";
import { BitWriter } from "./bit-writer.js";

const lists = fc.integer({ min: 0, max: 1_100_000 }).chain((limit) =>
  fc.tuple(
    fc.constant(limit),
    fc
      .uniqueArray(fc.nat({ max: Math.max(0, limit - 1) }), { maxLength: Math.min(limit, 50) })
      .map((list) => list.sort((a, b) => a - b)),
  ),
);

test("a list of ascending numbers is read as it was written", () => {
  fc.assert(
    fc.property(lists, ([limit, list]) => {
      const out = new BitWriter();
      writeList(out, list, list.length, limit);
      const input = new BitReader(out.toBytes());
      expect(readList(input, limit)).toEqual(list);
      expect(input.at).toBe(out.bitLength);
    }),
  );
});

test("a list of everything takes a bit and a half a number", () => {
  const out = new BitWriter();
  writeList(out, [...Array(1_000).keys()], 1_000, 1_000);
  expect(out.bitLength).toBeLessThan(1_100);
});

test("more numbers than there are, or one beyond them, is no list", () => {
  const write = (list: readonly number[]) => {
    const out = new BitWriter();
    writeList(out, list, list.length, 10);
    return out.toBytes();
  };
  expect(readList(new BitReader(write([0, 9])), 10)).toEqual([0, 9]);
  expect(() => readList(new BitReader(write([0, 10])), 10)).toThrow(TypeError);
  expect(() => readList(new BitReader(write([0, 1, 2])), 2)).toThrow(TypeError);
  // A count of millions in a few bytes, and ones without end.
  expect(() => readList(new BitReader(new Uint8Array(9).fill(255)), 10)).toThrow(TypeError);
});
