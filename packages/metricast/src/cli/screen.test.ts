import { expect, test } from "vitest";
import { formatValue } from "./format-value.js";
import { paintScreen } from "./screen.js";
import { sparkline } from "./sparkline.js";

test.each([
  [0, undefined, "0"],
  [1_234_567, undefined, "1.23 M"],
  [12, "euros", "12 euros"],
  [1_048_576, "bytes", "1 MiB"],
  [0.375, "ratio", "37.5 %"],
  [0.000_12, "seconds", "120 µs"],
  [0.25, "seconds", "250 ms"],
  [600, "seconds", "10 min"],
  [86_400, "seconds", "24 h"],
  [1_795_488_015, "seconds", "2026-11-24T02:40"],
  [Number.NaN, "bytes", "NaN"],
  [-Infinity, undefined, "-Infinity"],
])("%s %s is shown as %s", (value, unit, text) => {
  expect(formatValue(value, unit)).toBe(text);
});

test("a sparkline goes from the least value to the greatest, with a blank where there is none", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([5, Number.NaN, 5], 4)).toBe(" ▁ ▁");
  expect(sparkline([], 3)).toBe("   ");
});

test("the screen fits its rows and says how many it left out", () => {
  const rows = Array.from({ length: 30 }, (_, n) => ({ key: `series_${n}`, value: String(n), history: [n] }));
  const painted = paintScreen("status", rows, { columns: 60, rows: 14 });
  expect(painted.split("\n").length).toBeLessThanOrEqual(14);
  expect(painted).toContain("series_9");
  expect(painted).not.toContain("series_10");
  expect(painted).toContain("and 20 more");
});

test("no line is wider than the screen, whatever a series is called", () => {
  const rows = [{ key: "x".repeat(500), value: "1", history: Array.from({ length: 500 }, (_, n) => n) }];
  const painted = paintScreen("s".repeat(500), rows, { columns: 50, rows: 10 });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes are what is painted with
  const widths = painted.split("\n").map((line) => [...line.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "")].length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(50);
});
