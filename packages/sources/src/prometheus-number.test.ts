import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readNumber, writeBound } from "./prometheus-number.js";

describe("readNumber", () => {
  it.each([
    ["0", 0],
    ["-0", -0],
    ["+1", 1],
    ["1.", 1],
    [".5", 0.5],
    ["9.068544e+06", 9_068_544],
    ["1.8446744073709552e+19", 1.8446744073709552e19],
    ["1E-3", 0.001],
    ["NaN", Number.NaN],
    ["Nan", Number.NaN],
    ["+Inf", Number.POSITIVE_INFINITY],
    ["inf", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["1e999", Number.POSITIVE_INFINITY],
  ])("reads %s", (text, value) => {
    expect(readNumber(text)).toBe(value);
  });

  it.each(["", " ", "0x10", "1_000", "1e", ".", "+", "-", "1.2.3", "12abc", "null", "constructor"])(
    "refuses %j",
    (text) => {
      expect(readNumber(text)).toBeUndefined();
    },
  );

  it("reads every double back from how it is written", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const text = Object.is(value, -0) ? "-0" : writeBound(value);
        expect(readNumber(text)).toBe(value);
      }),
    );
  });
});
