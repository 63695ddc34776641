import { describe, expect, it } from "vitest";
import { whatFits } from "./fit.js";

const day = 86_400_000;
const megabyte = 1_048_576;

describe("whatFits", () => {
  it.each([
    [
      { limitBytes: 64 * megabyte, intervalMs: 5_000, retentionMs: day },
      "1,000 series: 24 h at 5 s in 15 MB",
    ],
    [
      { limitBytes: 64 * megabyte, intervalMs: 1_000, retentionMs: day },
      "1,000 series: 13 h at 1 s, 24 h at 10 s in 64 MB",
    ],
    [
      { limitBytes: 64 * megabyte, intervalMs: 10_000, retentionMs: day, series: 50 },
      "50 series: 24 h at 10 s in 1 MB",
    ],
    [
      { limitBytes: 64 * megabyte, intervalMs: 100, retentionMs: 7 * day, series: 200 },
      "200 series: 7.1 h at 100 ms, 42 h at 10 s, 7 days at 1 min in 64 MB",
    ],
    [
      { limitBytes: megabyte, intervalMs: 60_000, retentionMs: 60_000, series: 1 },
      "1 series: 1 min at 1 min in 1 MB",
    ],
  ])("%o", (options, text) => {
    expect(whatFits(options)).toBe(text);
  });
});
