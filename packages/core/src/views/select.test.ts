import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSelect, SelectError, selectLimits } from "./select.js";

const series = (name: string, labels: Record<string, string> = {}) => ({ name, labels });

const names = fc.stringMatching(/^[a-zA-Z0-9_:.\-/?]{1,6}\*?[a-z]{0,3}$/);
const labelNames = fc.stringMatching(/^[a-z_]{1,5}$/);
const values = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom("", '"', "\\", "\n", "\t", "\ud800", "a,b", "}"),
);
const conditions = fc.array(fc.record({ label: labelNames, value: values, negated: fc.boolean() }), {
  maxLength: 4,
});

function quoted(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
function written(
  name: string,
  list: readonly { label: string; value: string; negated: boolean }[],
  space: string,
): string {
  if (list.length === 0) return name;
  const inner = list.map(
    ({ label, value, negated }) => `${space}${label}${negated ? "!=" : "="}${space}${quoted(value)}`,
  );
  return `${name}{${inner.join(",")}${space}}${space}`;
}

describe("grammar", () => {
  test("says what it means", () => {
    const select = compileSelect(['http_*{method="GET",code!="500"}', "cpu"]);
    expect(select.matches(series("http_requests", { method: "GET", code: "200" }))).toBe(true);
    expect(select.matches(series("http_requests", { method: "GET" }))).toBe(true);
    expect(select.matches(series("http_requests", { method: "GET", code: "500" }))).toBe(false);
    expect(select.matches(series("http_requests", { method: "POST" }))).toBe(false);
    expect(select.matches(series("cpu", { any: "thing" }))).toBe(true);
    expect(select.matches(series("cpus"))).toBe(false);
  });

  test("everything where nothing is asked for", () => {
    expect(compileSelect().canonical).toEqual(["*"]);
    expect(compileSelect().matches(series("any/thing:at.all-1"))).toBe(true);
  });

  test("a label that a series lacks is the empty string", () => {
    expect(compileSelect(['a{b=""}']).matches(series("a"))).toBe(true);
    expect(compileSelect(['a{b!=""}']).matches(series("a"))).toBe(false);
    expect(compileSelect(['a{b!=""}']).matches(series("a", { b: "x" }))).toBe(true);
  });

  test("a label's value is compared, not matched", () => {
    const select = compileSelect(['a{b="*"}']);
    expect(select.matches(series("a", { b: "x" }))).toBe(false);
    expect(select.matches(series("a", { b: "*" }))).toBe(true);
  });

  test.each([
    "",
    " ",
    "(a+)+$",
    "a b",
    "ä",
    "a\u0000",
    "a}",
    "a{",
    "a{b",
    "a{b}",
    "a{b=}",
    "a{b=c}",
    'a{b="c',
    'a{b="c"',
    'a{b="c"}x',
    'a{b="c",}',
    'a{,b="c"}',
    'a{b="c" d="e"}',
    'a{="c"}',
    'a{b=="c"}',
    'a{b~"c"}',
    'a{b=~"c"}',
    'a{b="\\x"}',
    'a{b="\\',
    '{b="c"}',
    "a".repeat(selectLimits.maxNameLength + 1),
    "*a".repeat(selectLimits.maxStars + 1),
    `a{${Array.from({ length: selectLimits.maxConditions + 1 }, (_, k) => `l${k}="v"`).join(",")}}`,
  ])("B29: %j is no pattern", (pattern) => {
    expect(() => compileSelect([pattern])).toThrow(SelectError);
    expect(() => compileSelect(["ok", pattern])).toThrow(SelectError);
  });

  test("bounds themselves are taken", () => {
    expect(() => compileSelect(["a".repeat(selectLimits.maxNameLength)])).not.toThrow();
    expect(() => compileSelect(["*a".repeat(selectLimits.maxStars)])).not.toThrow();
    const most = Array.from({ length: selectLimits.maxConditions }, (_, k) => `l${k}="v"`);
    expect(() => compileSelect([`a{${most.join(",")}}`])).not.toThrow();
  });

  test("no text makes it throw anything else, or take long", () => {
    const hostile = fc.oneof(fc.string({ maxLength: 1_000 }), fc.stringMatching(/^[a*?{}"=!,\\ ]{0,200}$/));
    fc.assert(
      fc.property(hostile, (pattern) => {
        try {
          compileSelect([pattern]);
        } catch (error) {
          expect(error).toBeInstanceOf(SelectError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("canonical form", () => {
  test("is equal for equal selections, however they are written", () => {
    const a = compileSelect(['x{b="1", a!="2"}', "z**y", "z*y", 'x{ a != "2",b="1"}  ']);
    const b = compileSelect(["z*y", 'x{a!="2",b="1",b="1"}']);
    expect(a.canonical).toEqual(b.canonical);
    expect(a.canonical).toEqual(['x{a!="2",b="1"}', "z*y"]);
  });

  test("keeps apart what is different", () => {
    const lists = [
      ["a"],
      ["a*"],
      ['a{b="c"}'],
      ['a{b!="c"}'],
      ['a{b="c",d="e"}'],
      ["a", "b"],
      ['a{b="c\\"d"}'],
    ];
    const canonical = lists.map((list) => JSON.stringify(compileSelect(list).canonical));
    expect(new Set(canonical).size).toBe(lists.length);
  });

  test("is read again as the same selection", () => {
    const probe = fc.record({
      name: fc.oneof(names, fc.constant("x")),
      labels: fc.dictionary(labelNames, values),
    });
    fc.assert(
      fc.property(names, conditions, fc.constantFrom("", " "), probe, (name, list, space, sample) => {
        const select = compileSelect([written(name, list, space)]);
        const again = compileSelect(select.canonical);
        expect(again.canonical).toEqual(select.canonical);
        expect(again.matches(sample)).toBe(select.matches(sample));
        const holds = list.every(
          ({ label, value, negated }) => (labelOf(sample.labels, label) === value) !== negated,
        );
        expect(select.matches({ name, labels: sample.labels })).toBe(holds);
      }),
      { numRuns: 1_000 },
    );
  });

  function labelOf(labels: Record<string, string>, label: string): string {
    return Object.hasOwn(labels, label) ? (labels[label] ?? "") : "";
  }
});

describe("scope", () => {
  const tenants = fc.constantFrom("a", "b", "", "x");
  test("no pattern widens it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(names, conditions), { minLength: 1, maxLength: 4 }),
        fc.dictionary(labelNames, tenants, { maxKeys: 2 }),
        fc.dictionary(labelNames, tenants),
        (patterns, scope, labels) => {
          const select = compileSelect(
            [...patterns.map(([name, list]) => written(name, list, "")), "*"],
            scope,
          );
          const inScope = Object.entries(scope).every(
            ([label, value]) => (Object.hasOwn(labels, label) ? labels[label] : "") === value,
          );
          expect(select.matches({ name: "anything", labels })).toBe(inScope);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("a pattern that contradicts it selects nothing", () => {
    const select = compileSelect(['*{tenant="b"}', '*{tenant!="a"}'], { tenant: "a" });
    expect(select.matches(series("m", { tenant: "a" }))).toBe(false);
    expect(select.matches(series("m", { tenant: "b" }))).toBe(false);
    expect(select.matches(series("m"))).toBe(false);
  });

  test("is not in the canonical form: it is told apart beside it", () => {
    expect(compileSelect(["a"], { tenant: "a" }).canonical).toEqual(["a"]);
  });
});

describe("B18: labels named like what objects inherit", () => {
  test("are no labels unless a series has them", () => {
    for (const label of ["__proto__", "constructor", "toString"]) {
      const select = compileSelect([`a{${label}="x"}`]);
      expect(select.matches(series("a"))).toBe(false);
      expect(select.matches({ name: "a", labels: JSON.parse(`{"${label}":"x"}`) })).toBe(true);
      expect(compileSelect([`a{${label}=""}`]).matches(series("a"))).toBe(true);
      expect(compileSelect(["a"], JSON.parse(`{"${label}":"x"}`)).matches(series("a"))).toBe(false);
    }
    expect(Reflect.get({}, "x")).toBeUndefined();
  });
});
