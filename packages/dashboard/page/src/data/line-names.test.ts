import { expect, test } from "vitest";
import { lineNames } from "./line-names.js";

const names = (...labels: Record<string, string>[]) => {
  const series = labels.map((each, k) => [String(k), { name: "m", labels: each }] as const);
  return [...lineNames(new Map(series)).values()];
};

test("labels that all share are left out", () => {
  expect(names({ a: "x", b: "same" }, { a: "y", b: "same" })).toEqual(["x", "y"]);
});

test("several labels are told by name, and so are numbers", () => {
  expect(names({ a: "x", b: "1" }, { a: "y", b: "2" })).toEqual(["a=x b=1", "a=y b=2"]);
  expect(names({ core: "0" }, { core: "1" })).toEqual(["core=0", "core=1"]);
});

test("a single series has all its labels, or its name", () => {
  expect(names({ a: "x" })).toEqual(["x"]);
  expect(names({})).toEqual(["m"]);
});

test("a label that one lacks tells them apart", () => {
  expect(names({ a: "x" }, {})).toEqual(["x", "a="]);
});
