import fc from "fast-check";
import { expect, test } from "vitest";
import { Mask, ones } from "./mask.js";

test("the id of a series is how many of the view's stand before it, and -1 of one it does not hold", () => {
  const held = fc
    .uniqueArray(fc.nat({ max: 400 }), { maxLength: 200 })
    .map((all) => all.sort((a, b) => a - b));
  fc.assert(
    fc.property(held, (indexes) => {
      const mask = Mask.of(indexes);
      const ids = Array.from({ length: 420 }, (_, index) => mask.idOf(index));
      expect(ids).toEqual(Array.from({ length: 420 }, (_, index) => indexes.indexOf(index)));
      expect(mask.members).toEqual(indexes);
      expect(mask.words).toEqual([...new Set(indexes.map((index) => index >>> 5))]);
    }),
  );
});

test("ones are counted in any word", () => {
  fc.assert(
    fc.property(fc.integer(), (word) => {
      expect(ones(word)).toBe((word >>> 0).toString(2).replaceAll("0", "").length);
    }),
  );
});
