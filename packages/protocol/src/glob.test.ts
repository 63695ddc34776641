import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesGlob } from "./glob.js";

/** The naive reading of a glob; fit for tests alone. */
function oracle(glob: string, text: string): boolean {
  const source = [...glob]
    .map((char) => (char === "*" ? "[^]*" : char === "?" ? "[^]" : `[${char}]`))
    .join("");
  return new RegExp(`^${source}$`).test(text);
}

const globs = fc.stringMatching(/^[ab*?]{0,12}$/);
const texts = fc.stringMatching(/^[ab]{0,14}$/);

test("matches what a naive regular expression matches", () => {
  fc.assert(
    fc.property(globs, texts, (glob, text) => {
      expect(matchesGlob(glob, text)).toBe(oracle(glob, text));
    }),
    { numRuns: 5_000 },
  );
});

test("matches any text its glob was made of", () => {
  const pieces = fc.array(fc.record({ text: texts, as: fc.constantFrom("*", "?", "text") }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(pieces, (list) => {
      const glob = list
        .map(({ text, as }) => (as === "*" ? "*" : as === "?" ? "?".repeat(text.length) : text))
        .join("");
      expect(matchesGlob(glob, list.map(({ text }) => text).join(""))).toBe(true);
    }),
  );
});

describe("examples", () => {
  test.each([
    ["*", "", true],
    ["", "", true],
    ["", "a", false],
    ["?", "", false],
    ["a*", "a", true],
    ["*a", "ba", true],
    ["a*c", "abd", false],
    ["a*b*c", "aXbXbXc", true],
    ["***", "x", true],
  ])("%j on %j: %j", (glob, text, matches) => {
    expect(matchesGlob(glob, text)).toBe(matches);
  });

  test("characters that mean something elsewhere mean themselves", () => {
    for (const char of ".+(){}[]^$|\\") {
      expect(matchesGlob(char, char)).toBe(true);
      expect(matchesGlob(char, "a")).toBe(false);
    }
  });
});

test("B29: eight stars against 255 characters take no time", () => {
  const evil = `${"*a".repeat(8)}b`;
  const text = "a".repeat(255);
  const runs = 100;
  const began = performance.now();
  for (let run = 0; run < runs; run += 1) expect(matchesGlob(evil, text)).toBe(false);
  expect((performance.now() - began) / runs).toBeLessThan(1);
});
