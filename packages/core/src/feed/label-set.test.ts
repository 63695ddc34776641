import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LabelSet, labelSetOf, labelsObject, saysSame } from "./label-set.js";

function good(labels: unknown): LabelSet {
  const set = labelSetOf(labels);
  if (set === undefined) throw new Error("malformed");
  return set;
}

describe("labelSetOf", () => {
  it("gives one key to one set of labels, whatever their order, and another to any other", () => {
    const name = fc.constantFrom("a", "b", "ab", "__proto__", "constructor");
    const value = fc.oneof(fc.constantFrom("", "1", "b=1:1", "1\u0000b"), fc.string({ maxLength: 5 }));
    const labels = fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 4 });
    fc.assert(
      fc.property(labels, labels, (one, other) => {
        const sorted = (list: [string, string][]) => JSON.stringify([...list].sort());
        const same = sorted(one) === sorted(other);
        const first = good(Object.fromEntries(one));
        const second = Object.fromEntries(other);
        expect(good(second).key === first.key).toBe(same);
        expect(good(Object.fromEntries([...one].reverse())).key).toBe(first.key);
        expect(saysSame(second, first.names, first.values)).toBe(same);
      }),
    );
  });

  it("takes no value for the next label", () => {
    const keys = [{ a: "", b: "" }, { a: "b=" }, { a: "0:b=0:" }].map((labels) => good(labels).key);
    expect(new Set(keys).size).toBe(3);
  });

  it.each([
    ["null", null],
    ["a string", "a"],
    ["an array", ["a"]],
    ["a number as value", { status: 200 }],
    ["undefined as value", { status: undefined }],
    ["a name with a dash", { "a-b": "1" }],
    ["a name beginning with a digit", { "1a": "1" }],
    ["an empty name", { "": "1" }],
    ["a name too long", { ["a".repeat(256)]: "1" }],
    ["a value too long", { a: "x".repeat(1_001) }],
    ["too many", Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`l${n}`, ""]))],
  ])("refuses %s", (_, labels) => {
    expect(labelSetOf(labels)).toBeUndefined();
  });

  it("takes what is just within the bounds", () => {
    expect(labelSetOf({ a: "x".repeat(1_000) })).toBeDefined();
    expect(labelSetOf({ ["a".repeat(255)]: "" })).toBeDefined();
    expect(labelSetOf(Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`l${n}`, ""])))).toBeDefined();
  });

  it("keeps a label named __proto__ as a label", () => {
    const labels = labelsObject(good(JSON.parse('{"__proto__": "x"}')));
    expect(Object.keys(labels)).toEqual(["__proto__"]);
    expect(Object.values(labels)).toEqual(["x"]);
    expect(Object.getPrototypeOf(labels)).toBeNull();
  });
});
