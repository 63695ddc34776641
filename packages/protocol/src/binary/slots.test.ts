import fc from "fast-check";
import { expect, test } from "vitest";
import { adapted, Slots, unzigzag, zigzag } from "./slots.js";

test("numbers of either sign are numbers without one, the small ones small", () => {
  expect([0, 1, -1, 2, -2].map((value) => zigzag(value) + 0)).toEqual([0, 1, 2, 3, 4]);
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 }), (value) => {
      expect(unzigzag(zigzag(value))).toBe(value);
    }),
  );
});

test.each([0, 1, 2, 8, 20, 30, 31, 32, 33, 45, 52])("an order of %i moves one towards what came", (order) => {
  const least = order === 0 ? 0 : 2 ** (order - 1);
  expect(adapted(order, 2 ** order)).toBe(order + 1);
  expect(adapted(order, 2 ** 53 - 1)).toBe(order + 1);
  expect(adapted(order, 2 ** order - 1)).toBe(order);
  expect(adapted(order, least)).toBe(order);
  if (order > 0) expect(adapted(order, least - 1)).toBe(order - 1);
});

test("slots keep what they hold as they grow", () => {
  const slots = new Slots();
  slots.grow(2);
  slots.values[1] = -0;
  slots.scales[1] = 63;
  slots.corrections[1] = -64;
  slots.grow(500);
  expect([slots.values[1], slots.scales[1], slots.corrections[1]]).toEqual([-0, 63, -64]);
});
