import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeNumber, encodeNumber, numberText } from "./json-number.js";

const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    Number.MIN_VALUE,
    Number.MAX_VALUE,
    2 ** 53,
    1e21,
    0.1,
  ),
);

test("every number survives JSON", () => {
  fc.assert(
    fc.property(anyNumber, (value) => {
      expect(decodeNumber(JSON.parse(JSON.stringify(encodeNumber(value))))).toBe(value);
      expect(decodeNumber(JSON.parse(numberText(value)))).toBe(value);
    }),
    { numRuns: 2_000 },
  );
});

test("the text is that of the encoded number", () => {
  fc.assert(fc.property(anyNumber, (value) => numberText(value) === JSON.stringify(encodeNumber(value))));
});

test.each([
  [Number.NaN, "NaN"],
  [Infinity, "+Inf"],
  [-Infinity, "-Inf"],
  [-0, "-0"],
  [0, 0],
  [1.5, 1.5],
])("%d travels as %j", (value, wire) => {
  expect(encodeNumber(value)).toBe(wire);
});

test.each(["", "1", "Infinity", "nan", null, undefined, {}, [], true])("%j is no number", (value) => {
  expect(decodeNumber(value)).toBeUndefined();
});
