import { type BlockSeries, decodeNumber, type SeriesInfo, type WireValue } from "@metricast/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Series } from "../contracts/feed.js";
import { type NaivePoint, naivePoints } from "../history/testing/naive-model.js";
import { BinaryFrames } from "./binary-frames.js";
import { BinaryStepTokens } from "./binary-step-tokens.js";
import { FrameLog } from "./frame-log.js";
import type { Codec } from "./frames.js";
import { JsonFrames } from "./json-frames.js";
import { JsonStepTokens } from "./json-step-tokens.js";
import { compileSelect } from "./select.js";
import { type Cell, ColumnFeed } from "./testing/column-feed.js";
import { FrameReader, type Shown } from "./testing/frame-reader.js";
import { View } from "./view.js";

const stepTicks = 4;
const gauge: SeriesInfo = { name: "g", labels: {}, kind: "gauge" };
const counter: SeriesInfo = { name: "c", labels: {}, kind: "counter" };
const histogram: SeriesInfo = { name: "h", labels: {}, kind: "histogram", bounds: [1] };

/** A channel whose history is everything that ever was, read by the naive model. */
function channel(infos: readonly SeriesInfo[], codec: Codec = "json") {
  const feed = new ColumnFeed();
  const rows: { tick: number; cells: (number | readonly number[] | "absent" | "stale")[] }[] = [];
  const point = (series: Series, slot: number, fromTick: number, toTick: number) =>
    naivePoints({ rows }, series, slot, { fromTick, toTick }, stepTicks)[0];
  const read = (series: readonly Series[], fromTick: number, toTick: number) =>
    series.map((one) => blockSeries(one, (slot) => point(one, slot, fromTick, toTick)));
  const json = new JsonStepTokens(stepTicks, feed, read);
  const binary = new BinaryStepTokens(stepTicks, feed, read);
  const tokens = codec === "json" ? json : binary;
  const frames = codec === "json" ? new JsonFrames(json) : new BinaryFrames(binary);
  const view = new View({
    number: 1,
    key: { channel: "m", scope: {}, select: ["*"], stepTicks, merge: "cluster", codec },
    select: compileSelect(),
    columns: feed,
    frames,
    log: new FrameLog({ maxFrames: 100, maxBytes: 1e9 }),
    positionAt: (tick) => `v1.e.${tick}`,
    readBlock: (series, fromTick, toTick) => ({
      fromTick,
      toTick,
      stepTicks,
      series: read(series, fromTick, toTick),
      gaps: [],
    }),
  });
  for (const info of infos) feed.add(info);
  const tick = (at: number, cells: readonly (Cell | undefined)[]) => {
    const batch = feed.batch(at, cells);
    rows.push({
      tick: at,
      cells: feed.cells.map((cell) => (typeof cell === "object" && "stale" in cell ? "stale" : cell)),
    });
    return tokens.advance(batch);
  };
  return { feed, tokens, view, tick, point };
}

function blockSeries(series: Series, read: (slot: number) => NaivePoint | undefined): BlockSeries {
  const points = Array.from({ length: series.width }, (_, slot) => read(slot));
  const of = (name: keyof NaivePoint, slot: number) => Float64Array.of(points[slot]?.[name] ?? 0);
  return {
    info: series.info,
    count: of("count", 0),
    columns: points.map((_, slot) =>
      series.info.kind === "gauge"
        ? { last: of("last", slot), min: of("min", slot), max: of("max", slot), sum: of("sum", slot) }
        : { last: of("last", slot), increase: of("increase", slot) },
    ),
  };
}

// --- what a client makes of frames over a step ---

type Point =
  | Shown
  | { count?: number; last: number; min?: number; max?: number; sum?: number; increase?: number };

function pointOf(info: SeriesInfo, shown: Shown): Point {
  if (typeof shown !== "object" || !("point" in shown)) return shown;
  const value = shown.point;
  if (info.kind === "gauge") return gaugePoint(value);
  if (info.kind === "counter") return counterPoint(value);
  return shown;
}

function gaugePoint(value: WireValue): Point {
  if (!Array.isArray(value)) {
    const last = decodeNumber(value) ?? Number.NaN;
    return { count: stepTicks, last, min: last, max: last, sum: last * stepTicks };
  }
  const [last = 0, min = 0, max = 0, sum = 0, count = 0] = value.map(decodeNumber);
  return { count, last, min, max, sum };
}

function counterPoint(value: WireValue): Point {
  const [last, increase] = Array.isArray(value) ? value.map(decodeNumber) : [];
  return { last: last ?? Number.NaN, increase: increase ?? Number.NaN };
}

/** What a series that is not named in a frame is by the protocol: as it was, held through the step. */
function held(info: SeriesInfo, before: Point): Point {
  if (typeof before !== "object" || !("last" in before)) return before;
  const { last } = before;
  if (info.kind === "counter") return { last, increase: 0 };
  return { count: stepTicks, last, min: last, max: last, sum: last * stepTicks };
}

function expected(series: Series, point: NaivePoint | undefined, cell: Cell | undefined): Point {
  if (!point) return typeof cell === "object" && "stale" in cell ? cell : "absent";
  const { count, last, min, max, sum, increase } = point;
  return series.info.kind === "gauge" ? { count, last, min, max, sum } : { last, increase };
}

const number = fc.oneof(fc.nat({ max: 2 }), fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, 7.5));
const away = fc.constantFrom<Cell>("absent", { stale: "failed" }, { stale: "timeout" });
const cell = fc.oneof({ weight: 6, arbitrary: number }, { weight: 1, arbitrary: away });
const slots = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.nat({ max: 3 })) },
  { weight: 1, arbitrary: away },
);
const steps = fc.array(
  fc.record({
    after: fc.oneof(
      { weight: 9, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 11 }) },
    ),
    g: fc.option(cell, { nil: undefined }),
    c: fc.option(cell, { nil: undefined }),
    h: fc.option(slots, { nil: undefined }),
  }),
  { minLength: 1, maxLength: 40 },
);

test.each(["json", "binary"] as const)(
  "whoever follows the frames in %s holds the points of a naive model",
  (codec) => {
    fc.assert(
      fc.property(steps, fc.nat({ max: 9 }), (list, start) => {
        const { feed, view, tick, point } = channel([gauge, counter, histogram], codec);
        const reader = new FrameReader(stepTicks);
        const points: Point[] = [];
        let at = start;
        for (const { after, g, c, h } of list) {
          at += after;
          if (!tick(at, [g, c, h])) continue;
          view.build();
          const frames = reader.tick === undefined ? undefined : view.log.after(reader.tick);
          const messages = frames?.map(({ frame }) => reader.read(frame)) ?? [reader.read(keyframe(view))];
          expect(messages).toHaveLength(1);
          const step = Math.floor(at / stepTicks) * stepTicks;
          expect(reader.tick).toBe(step);
          const named = idsOf(messages[0]?.i ?? []);
          for (const series of feed.series) {
            const { index, info } = series;
            const shown = reader.shown[index] ?? "absent";
            points[index] = named.has(index) ? pointOf(info, shown) : held(info, points[index] ?? "absent");
            if (info.kind === "histogram") expectSlots(shown, series, step);
            else
              expectPoint(
                points[index],
                expected(series, point(series, 0, step - stepTicks, step), feed.cells[index]),
              );
          }
        }

        function expectSlots(shown: Shown, series: Series, step: number): void {
          const wanted = [0, 1, 2].map((slot) => point(series, slot, step - stepTicks, step));
          if (!wanted[0]) return expectPoint(shown, expected(series, undefined, feed.cells[series.index]));
          expect(shown).toStrictEqual({
            point: {
              slots: wanted.flatMap((one, slot) => [slot, one?.last]),
              increase: wanted.flatMap((one, slot) => [
                slot,
                Number.isNaN(one?.increase) ? null : one?.increase,
              ]),
            },
          });
        }
      }),
      { numRuns: 500 },
    );
  },
);

/** -0 and 0 are the same sum. */
function expectPoint(given: Point | undefined, wanted: Point): void {
  const rounded = (point: Point | undefined) =>
    typeof point === "object" && "last" in point && point.sum !== undefined
      ? { ...point, sum: point.sum + 0 }
      : point;
  expect(rounded(given)).toStrictEqual(rounded(wanted));
}

function keyframe(view: View) {
  const made = view.keyframe();
  if (!made) throw new Error("no tick yet");
  return made.frame;
}

function idsOf(gaps: readonly number[]): Set<number> {
  let id = 0;
  return new Set(gaps.map((gap) => (id += gap)));
}

const textOf = (view: View, after: number) =>
  JSON.parse(Buffer.from(view.log.after(after)?.[0]?.frame.bytes ?? []).toString());

describe("a frame over a step", () => {
  test("comes at the step's own tick, once", () => {
    const { tokens, tick } = channel([gauge]);
    expect([7, 8, 9, 10, 11, 12].map((at) => tick(at, [at]))).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
    ]);
    expect(tokens.tick).toBe(12);
    expect(tokens.prev).toBe(8);
  });

  test("keeps a spike: minimum and maximum are told", () => {
    const { view, tick } = channel([gauge]);
    for (const [at, value] of [3, 3, 3, 3, 3, 99, -5, 3].entries()) tick(at + 1, [value]);
    view.build();
    expect(textOf(view, 4)).toMatchObject({ tick: 8, prev: 4, v: [[3, -5, 99, 100, 4]] });
  });

  test("does not name what held its value, nor a counter at rest", () => {
    const { view, tick } = channel([gauge, counter, histogram]);
    for (let at = 1; at <= 8; at += 1) tick(at, [5, 7, "absent"]);
    view.build();
    expect(textOf(view, 4)).toMatchObject({ i: [], v: [] });
  });

  test("counts a reset inside the step from zero", () => {
    const { view, tick } = channel([counter]);
    for (const [at, value] of [10, 10, 10, 10, 12, 1, 3, 3].entries()) tick(at + 1, [value]);
    view.build();
    expect(textOf(view, 4)).toMatchObject({ v: [[3, 5]] });
  });

  test("whose own last tick was missed still comes, and follows", () => {
    const { view, tick } = channel([gauge]);
    for (const at of [4, 5, 6]) tick(at, [at]);
    view.build();
    expect(tick(9, [9])).toBe(true);
    view.build();
    expect(textOf(view, 4)).toMatchObject({ tick: 8, prev: 4, v: [[6, 5, 6, 11, 2]] });
  });

  test("begun but never completed ends the chain: its points are not dropped in silence", () => {
    const { view, tick, tokens } = channel([gauge]);
    for (const at of [4, 8, 9]) tick(at, [at]);
    view.build();
    expect(view.log.after(4)).toHaveLength(1);
    tick(17, [17]);
    view.build();
    expect(tokens.tick).toBe(16);
    expect(view.log.after(8)).toBeUndefined();
    expect(view.log.after(4)).toBeUndefined();
  });
});
