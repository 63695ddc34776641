import fc from "fast-check";
import { expect, test } from "vitest";
import type { WireSeries } from "../wire-values.js";
import { compactDictionary, expandDictionary } from "./dictionary.js";

const overWire = (entries: readonly WireSeries[]): WireSeries[] => JSON.parse(JSON.stringify(entries));

/** Few names, labels and values, so that neighbours are often alike. */
const entries: fc.Arbitrary<WireSeries[]> = fc.array(
  fc.record(
    {
      name: fc.constantFrom("a", "b", "__proto__"),
      labels: fc.dictionary(fc.constantFrom("x", "y", "__proto__"), fc.constantFrom("", "1", "2"), {
        noNullPrototype: true,
      }),
      kind: fc.constantFrom("gauge", "counter", "histogram"),
      unit: fc.constantFrom("seconds", "bytes"),
      bounds: fc.constantFrom([], [1], [1, 2]),
      help: fc.string(),
      aggregator: fc.constantFrom("sum", "max"),
    },
    { requiredKeys: ["name"], noNullPrototype: true },
  ),
  { maxLength: 12 },
);

/** No labels and an empty set of them are the same. */
const meaning = (list: readonly WireSeries[]) => list.map((entry) => ({ labels: {}, ...entry }));

test("a shortened dictionary expands to the same", () => {
  fc.assert(
    fc.property(entries, (list) => {
      expect(meaning(expandDictionary(overWire(compactDictionary(list))))).toStrictEqual(meaning(list));
    }),
    { numRuns: 1_000 },
  );
});

test("of an entry like the one before only the labels that differ are left", () => {
  const of = (route: string, code: string): WireSeries => ({
    name: "requests",
    labels: { route, code },
    kind: "counter",
  });
  expect(compactDictionary([of("/", "200"), of("/a", "200"), of("/a", "500"), { name: "b" }])).toEqual([
    of("/", "200"),
    { labels: { route: "/a" } },
    { labels: { code: "500" } },
    { name: "b" },
  ]);
});

test("what is no dictionary throws", () => {
  const expand = (text: string) => expandDictionary(JSON.parse(text));
  expect(() => expand("7")).toThrow(TypeError);
  expect(() => expand("[null]")).toThrow(TypeError);
  expect(expand('[{"name":"a","labels":{"x":"1"}},{"labels":{"x":"2"}}]')).toHaveLength(2);
  // A label that the entry before does not have; of these each would hold all before it.
  expect(() => expand('[{"name":"a","labels":{"x":"1"}},{"labels":{"y":"2"}}]')).toThrow(TypeError);
});

test("an entry of many labels is neither shortened nor copied", () => {
  const labels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, k) => [`l${k}`, String(k)]));
  const twice = (count: number) => [
    { name: "a", labels: labels(count) },
    { name: "a", labels: { ...labels(count), l0: "other" } },
  ];
  expect(compactDictionary(twice(64))[1]).toEqual({ labels: { l0: "other" } });
  expect(compactDictionary(twice(65))[1]).toEqual(twice(65)[1]);
  expect(expandDictionary(compactDictionary(twice(65)))).toEqual(twice(65));
  const shortened = overWire([{ name: "a", labels: labels(65) }]);
  expect(() => expandDictionary([...shortened, JSON.parse('{"labels":{"l0":"1"}}')])).toThrow(TypeError);
});
