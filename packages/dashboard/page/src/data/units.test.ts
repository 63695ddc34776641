import { describe, expect, test } from "vitest";
import { formatDuration, formatTicks, formatValue } from "./units.js";

const gauge = (unit: string) => ({ unit, isRate: false });
const rate = (unit: string) => ({ unit, isRate: true });

describe("a value", () => {
  test.each([
    [0, gauge(""), "0"],
    [12, gauge(""), "12"],
    [999.9, gauge(""), "1k"],
    [1_234, gauge(""), "1.23k"],
    [-1_234_567, gauge(""), "-1.23M"],
    [0.0042, gauge(""), "0.0042"],
    [0.00001, gauge(""), "1.0e-5"],
    [1_536, gauge("bytes"), "1.5 KiB"],
    [1_048_576, rate("bytes"), "1 MiB/s"],
    [0.0123, gauge("seconds"), "12.3 ms"],
    [90, gauge("seconds"), "1.5 min"],
    [0.35, rate("seconds"), "35 %"],
    [0.985, gauge("ratio"), "98.5 %"],
    [42, gauge("percent"), "42 %"],
    [3, rate(""), "3/s"],
    [41.5, gauge("celsius"), "41.5 °C"],
    [12, gauge("orders"), "12 orders"],
    [Number.NaN, gauge(""), "–"],
    [null, gauge(""), "–"],
    [Number.POSITIVE_INFINITY, gauge(""), "∞"],
  ])("%s of %o is %s", (value, measure, text) => {
    expect(formatValue(value, measure)).toBe(text);
  });

  test("seconds that can only be a moment are a date", () => {
    expect(formatValue(1_700_000_000, gauge("seconds"))).toMatch(/14|15/);
  });
});

describe("ticks", () => {
  test("have one prefix and as many decimals as tell them apart", () => {
    expect(formatTicks([99.9, 100, 100.1], gauge(""))).toEqual(["99.9", "100.0", "100.1"]);
    expect(formatTicks([0, 512 * 1_024, 1_024 ** 2], gauge("bytes"))).toEqual([
      "0.0 MiB",
      "0.5 MiB",
      "1.0 MiB",
    ]);
    expect(formatTicks([0, 0.001, 0.002], gauge("seconds"))).toEqual(["0 ms", "1 ms", "2 ms"]);
    expect(formatTicks([5], gauge(""))).toEqual(["5"]);
    expect(formatTicks([0, 2_000, 4_000], rate(""))).toEqual(["0/s", "2k/s", "4k/s"]);
  });
});

test("a length of time is said in two words at most", () => {
  expect(formatDuration(400)).toBe("0.4 s");
  expect(formatDuration(59_600)).toBe("60 s");
  expect(formatDuration(600_000)).toBe("10 min");
  expect(formatDuration(3_900_000)).toBe("1 h 5 min");
  expect(formatDuration(86_400_000)).toBe("24 h");
  expect(formatDuration(3 * 86_400_000)).toBe("3 d 0 h");
});
