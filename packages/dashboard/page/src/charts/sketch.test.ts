import type { Columns, Gap } from "@metricast/client";
import { describe, expect, test } from "vitest";
import type { Metric } from "../data/catalogue.js";
import { ColourBook } from "../data/top.js";
import { gaugeColumns } from "../testing/gauge-columns.js";
import { cut, type Look, sketch, voidsOf } from "./sketch.js";

const f = (...cells: number[]) => Float64Array.from(cells);
const look: Look = { mode: "lines", most: 2, isolated: undefined, hidden: new Set() };
const memory = () => ({ colours: new ColourBook(), top: new Set<string>(), rankedAtMs: 0 });

const metric: Metric = {
  id: "metrics/m",
  channel: "metrics",
  name: "m",
  kind: "gauge",
  unit: "",
  help: "",
  intervalMs: 1_000,
  retentionMs: 86_400_000,
  series: [],
};
const shown = (columns: Columns, gaps: Gap[] = []) => ({ columns, gaps, latest: new Map() });

describe("a picture", () => {
  test("shows the heaviest lines and says how many more there are", () => {
    const columns = gaugeColumns([1_000, 2_000], { a: [1, 1], b: [9, 9], c: [5, 5] });
    const { picture, rest } = sketch(
      metric,
      shown(columns),
      { fromMs: 0, toMs: 2_000 },
      look,
      memory(),
      2_000,
    );
    expect(picture.lines.map(({ name }) => name)).toEqual(["b", "c"]);
    expect(rest).toBe(1);
  });

  test("keeps a line's colour as others come and go", () => {
    const kept = memory();
    const span = { fromMs: 0, toMs: 2_000 };
    const colourOf = (series: Record<string, number[]>, name: string) =>
      sketch(metric, shown(gaugeColumns([1_000, 2_000], series)), span, look, kept, 2_000).picture.lines.find(
        (line) => line.name === name || line.key === name,
      )?.colour;
    const before = colourOf({ a: [1, 1], b: [2, 2] }, "b");
    expect(colourOf({ b: [2, 2], z: [1, 1] }, "b")).toBe(before);
  });

  test("leaves out series of another kind or name", () => {
    const { series, times } = gaugeColumns([1_000], { a: [1] });
    const others = series.map((one) => ({ ...one, info: { ...one.info, name: "other" } }));
    const made = sketch(
      metric,
      shown({ times, series: others }),
      { fromMs: 0, toMs: 1_000 },
      look,
      memory(),
      0,
    );
    expect(made.picture.lines).toEqual([]);
    expect(made.isEmpty).toBe(true);
  });

  test("scales to what is shown alone", () => {
    const columns = gaugeColumns([1_000, 2_000], { a: [1, 2], b: [900, 900] });
    const alone = { ...look, isolated: "a" };
    const { picture } = sketch(metric, shown(columns), { fromMs: 0, toMs: 2_000 }, alone, memory(), 2_000);
    expect(picture.valueRange[1]).toBeLessThan(5);
  });
});

test("the step is that of the newest points, whatever ends a line between them", () => {
  const columns = gaugeColumns([1_000, 2_000, 3_000, 59_999, 60_000], { a: [1, 2, 3, Number.NaN, 4] });
  const { stepMs } = sketch(metric, shown(columns), { fromMs: 0, toMs: 60_000 }, look, memory(), 60_000);
  expect(stepMs).toBeGreaterThanOrEqual(1_000);
});

test("only rows within the span are drawn, and one on either side", () => {
  const columns = gaugeColumns([1_000, 2_000, 3_000, 4_000, 5_000], { a: [1, 2, 3, 4, 5] });
  expect([...cut(columns, { fromMs: 2_500, toMs: 3_500 }).times]).toEqual([2_000, 3_000, 4_000]);
  expect([...cut(columns, { fromMs: 9_000, toMs: 10_000 }).times]).toEqual([5_000]);
});

describe("where nothing is", () => {
  const times = f(10_000, 11_000, 12_000);

  test("before what is kept there is no gap, after the newest point there is", () => {
    const voids = voidsOf(times, [], { fromMs: 0, toMs: 20_000 });
    expect(voids).toMatchObject([
      { fromMs: 0, toMs: 9_000, isGap: false },
      { fromMs: 12_000, toMs: 20_000, isGap: true },
    ]);
  });

  test("the newest point may be a moment old", () => {
    expect(voidsOf(times, [], { fromMs: 10_000, toMs: 14_000 })).toEqual([]);
  });

  test("gaps have their reason, and those outside are not shown", () => {
    const gaps: Gap[] = [
      { fromMs: 1_000, toMs: 2_000, reason: "expired" },
      { fromMs: 10_000, toMs: 11_000, reason: "epoch_changed" },
      { fromMs: 11_000, toMs: 12_000, reason: "pending" },
    ];
    expect(voidsOf(times, gaps, { fromMs: 10_000, toMs: 12_000 })).toMatchObject([
      { reason: "server restarted", isGap: true },
      { reason: "loading…", isGap: false },
    ]);
  });
});
