import { deflateRawSync } from "node:zlib";
import { loadTrace, type TraceName, traceNames } from "@metricast/testkit";
import { describe, expect, test } from "vitest";
import { BitReader } from "./bit-reader.js";
import { BitWriter } from "./bit-writer.js";
import { ColumnReader } from "./column-reader.js";
import { ColumnWriter } from "./column-writer.js";
import { WireModel } from "./testing/wire-model.js";
import { type Cell, isLive, StagedView, WireStage } from "./testing/wire-stage.js";

/** What an exposition calls a row: series as they are recorded, each with one number. */
interface Recording {
  readonly names: readonly string[];
  readonly rows: readonly (readonly (number | null)[])[];
  readonly stage: WireStage;
}

function recordingOf(name: TraceName): Recording {
  const { series, rows } = loadTrace(name);
  const stage = new WireStage();
  stage.add(...series);
  const names = series.map(({ name: metric, labels }) => {
    const inner = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    return inner.length > 0 ? `${metric}{${inner.join(",")}}` : metric;
  });
  return { names, rows, stage };
}

/** Bytes of all ticks but the first, as frames and as what they replace. */
interface Sizes {
  frames: number;
  json: number;
  deflated: number;
}

function measure(name: TraceName): Sizes & { wrong: number; ticks: number } {
  const { names, rows, stage } = recordingOf(name);
  const view = new StagedView(() => true);
  const models = [new WireModel(), new WireModel()];
  const [first, joiner] = models;
  const middle = Math.floor(rows.length / 2);
  const sizes = { frames: 0, json: 0, deflated: 0 };
  let wrong = 0;
  rows.forEach((row, tick) => {
    stage.advance(row.map((value): Cell => (value === null ? "absent" : [value])));
    if (tick === 0) first?.take(stage.keyframe(view));
    else {
      const frame = stage.frame(view);
      first?.take(frame);
      if (tick > middle) joiner?.take(frame);
      sizes.frames += frame.length;
      const text = JSON.stringify(
        Object.fromEntries(row.flatMap((value, k) => (value === null ? [] : [[names[k] ?? "", value]]))),
      );
      sizes.json += text.length;
      // Every fifth stands for all: it takes the longest here.
      if (tick % 5 === 0) sizes.deflated += 5 * deflateRawSync(text, { level: 6 }).length;
    }
    if (tick === middle) joiner?.take(stage.keyframe(view));
    for (const model of tick < middle ? models.slice(0, 1) : models) wrong += differences(row, model.cells);
  });
  return { ...sizes, wrong, ticks: rows.length - 1 };
}

function differences(row: readonly (number | null)[], cells: readonly Cell[]): number {
  const isSame = (value: number | null, cell: Cell | undefined) =>
    value === null ? cell === "absent" : isLive(cell) && Object.is(cell[0], value);
  return row.filter((value, k) => !isSame(value, cells[k])).length;
}

describe("recorded traces", () => {
  const measured = new Map(traceNames.map((name) => [name, measure(name)]));

  test.each(traceNames)("%s comes out of frames as it went in, for who joins on the way, too", (name) => {
    expect(measured.get(name)?.wrong).toBe(0);
  });

  const everySecond = traceNames.filter((name) => name.endsWith("-1s"));

  test.each(everySecond)(
    "%s takes 68 times less than its JSON, and 12 times less than that deflated",
    (name) => {
      const { json = 0, deflated = 0, frames = 1 } = measured.get(name) ?? {};
      expect(json / frames).toBeGreaterThan(68);
      expect(deflated / frames).toBeGreaterThan(12);
    },
  );

  test("take 125 times less than their JSON, as a geometric mean over those of a second", () => {
    const logs = everySecond.map((name) => {
      const { json = 0, frames = 1 } = measured.get(name) ?? {};
      return Math.log(json / frames);
    });
    expect(Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length)).toBeGreaterThan(125);
  });

  test.each([
    ["node-exporter-1s", 240],
    ["express-prom-client-1s", 310],
    ["express-prom-client-self-100ms", 100],
  ] as const)("%s takes no more bytes a tick than it did", (name, most) => {
    const { frames = 0, ticks = 1 } = measured.get(name) ?? {};
    expect(frames / ticks).toBeLessThan(most);
  });

  test.each(traceNames)(
    "%s comes out of columns of 120 as it went in, in less than 0.8 bytes a number",
    (name) => {
      const { rows, names } = recordingOf(name);
      const writer = new ColumnWriter();
      const reader = new ColumnReader();
      let bits = 0;
      let numbers = 0;
      let wrong = 0;
      for (const k of names.keys()) {
        for (let from = 0; from < rows.length; from += 120) {
          const column = Float64Array.from(rows.slice(from, from + 120).flatMap((row) => row[k] ?? []));
          const out = new BitWriter();
          writer.write(out, column, column.length);
          const read = new Float64Array(column.length);
          reader.read(new BitReader(out.toBytes()), read, column.length);
          wrong += column.filter((value, at) => !Object.is(value, read[at])).length;
          bits += out.bitLength;
          numbers += column.length;
        }
      }
      expect(wrong).toBe(0);
      expect(numbers).toBeGreaterThan(200_000);
      expect(bits / 8 / numbers).toBeLessThan(0.8);
    },
  );
});
