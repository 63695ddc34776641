import type { Columns } from "@metricast/client";
import { describe, expect, test } from "vitest";
import { gaugeColumns } from "../testing/gauge-columns.js";
import type { Metric } from "./catalogue.js";
import { changeOf, comparisonOf, findChanges } from "./changes.js";
import type { Wish } from "./query-desk.js";
import { live, zoomTo } from "./time-window.js";

const metric = (name: string): Metric => ({
  id: `metrics/${name}`,
  channel: "metrics",
  name,
  kind: "gauge",
  unit: "",
  help: "",
  intervalMs: 1_000,
  retentionMs: 1,
  series: [{ name, labels: {}, kind: "gauge" }],
});
const columns = (...lines: number[][]): Columns =>
  gaugeColumns(
    (lines[0] ?? []).map((_, k) => (k + 1) * 1_000),
    Object.fromEntries(lines.map((values, k) => [String(k), values])),
  );
const score = (...lines: number[][]) => changeOf(metric("m"), columns(...lines), 4_000);

describe("a change", () => {
  test("weighs by what is usual", () => {
    const calm = score([10, 11, 10, 11, 20, 21, 20, 21]);
    const noisy = score([0, 20, 5, 17, 10, 30, 15, 27]);
    expect(calm).toBeGreaterThan(noisy);
    expect(score([10, 11, 10, 11, 10, 11, 10, 11])).toBe(0);
  });

  test("is that of the line that changed most", () => {
    const [still, moved] = [
      [1, 1, 1, 1, 1, 1, 1, 1],
      [1, 1, 1, 1, 9, 9, 9, 9],
    ];
    expect(score(still, moved)).toBe(score(moved));
  });

  test("is found wherever it was, for good or for a moment", () => {
    const anywhere = (values: number[]) => changeOf(metric("m"), columns(values));
    const calm = Array.from({ length: 60 }, (_, k) => 100 + (k % 3));
    const from = (row: number, to = 60) => calm.map((value, k) => (k >= row && k < to ? value + 20 : value));
    expect(anywhere(calm)).toBeLessThan(1);
    for (const changed of [from(10), from(30), from(52), from(12, 18), from(45, 51)])
      expect(anywhere(changed)).toBeGreaterThan(3);
    expect(anywhere([1, 2, 3, 4, 5, 6])).toBe(0);
  });

  test("is seen in what is large and moves little", () => {
    const large = Array.from({ length: 20 }, (_, k) => 1e12 + (k % 2) + (k < 10 ? 0 : 1e11));
    expect(changeOf(metric("m"), columns(large))).toBeCloseTo(5, 0);
  });

  test("is none where there is nothing to compare", () => {
    expect(score([1, 2, 3])).toBe(0);
    expect(score([Number.NaN, Number.NaN, Number.NaN, Number.NaN, 5, 5])).toBe(0);
  });
});

test("what stands still is compared with the time before it, what is live with itself", () => {
  const fixed = zoomTo(live(60_000), { fromMs: 100_000, toMs: 110_000 });
  expect(comparisonOf(fixed, { fromMs: 100_000, toMs: 110_000 })).toEqual({
    fromMs: 90_000,
    splitMs: 100_000,
    toMs: 110_000,
  });
  const span = { fromMs: 0, toMs: 60_000 };
  expect(comparisonOf(live(60_000), span)).toEqual(span);
});

test("all metrics are asked for, and one that cannot be had is left out", async () => {
  const want = ({ options, done, failed }: Wish) => {
    if (options.select?.includes("b")) failed(new Error("no"));
    else done(columns([1, 1, 1, 1, 9, 9]));
  };
  const comparison = { fromMs: 0, splitMs: 4_000, toMs: 6_000 };
  const found = await findChanges([metric("a"), metric("b")], "web-2", comparison, want);
  expect([...found.keys()]).toEqual(["metrics/a"]);
  expect(found.get("metrics/a")).toBeGreaterThan(1);
});
