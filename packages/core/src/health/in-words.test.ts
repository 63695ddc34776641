import { expect, test } from "vitest";
import { inWords } from "./in-words.js";

test.each([
  [{}, undefined, ""],
  [{ key: "fan-out" }, undefined, ""],
  [
    { source: "pool", channel: "metrics" },
    new Error("no connection"),
    " (source pool, channel metrics: no connection)",
  ],
  [{ level: 0, lastValuesOnly: false }, undefined, " (level 0, lastValuesOnly false)"],
  [{ origin: "", options: ["a", "b"] }, "thrown text", " (options a, b: thrown text)"],
  [{ dropped: { name: 1, value: 2, deep: {} }, none: undefined }, undefined, " (dropped name 1, value 2)"],
])("%j, %s", (details, cause, words) => {
  expect(inWords(details, cause)).toBe(words);
});

test("is one line of bounded length without secrets, and survives what cannot be read", () => {
  const long = inWords({ origin: "a\n\u001b[31m" }, new Error(`?token=abc ${"x".repeat(10_000)}`));
  expect(long).toMatch(/^ \(origin a\\n\\u001b\[31m: \?token=\[redacted\] x+…?\)$/);
  expect(long.length).toBeLessThan(300);
  const unreadable = Object.create(null);
  expect(inWords({ source: "a" }, unreadable)).toBe(" (source a: an error that cannot be read)");
});
