import { expect, test } from "vitest";
import { ColourBook, topKeys, weightOf } from "./top.js";

test("weight is the mean of what is there", () => {
  expect(weightOf([1, null, -3])).toBe(2);
  expect(weightOf([null])).toBe(-1);
});

test("the heaviest are shown, equal ones in the order of their keys", () => {
  const weights = new Map([
    ["b", 1],
    ["c", 5],
    ["a", 1],
  ]);
  expect([...topKeys(weights, 2)]).toEqual(["c", "a"]);
});

test("what is shown stays until it is clearly outweighed", () => {
  const before = new Set(["a"]);
  const weights = (b: number) =>
    new Map([
      ["a", 10],
      ["b", b],
    ] as const);
  expect([...topKeys(weights(12), 1, before)]).toEqual(["a"]);
  expect([...topKeys(weights(14), 1, before)]).toEqual(["b"]);
});

test("a colour stays with its key and is free again when that goes", () => {
  const book = new ColourBook();
  book.keep(["a", "b"]);
  book.keep(["b", "c"]);
  expect([book.of("b"), book.of("c")]).toEqual([1, 0]);
});
