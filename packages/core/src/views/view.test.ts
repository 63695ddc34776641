import { type BlockSeries, type SeriesInfo, type SeriesKind, slotCount } from "@metricast/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BinaryFrames } from "./binary-frames.js";
import { BinaryTickTokens } from "./binary-tick-tokens.js";
import { FrameLog } from "./frame-log.js";
import type { Codec } from "./frames.js";
import { JsonFrames } from "./json-frames.js";
import { JsonTickTokens } from "./json-tick-tokens.js";
import { compileSelect } from "./select.js";
import { type Cell, ColumnFeed } from "./testing/column-feed.js";
import { FrameReader } from "./testing/frame-reader.js";
import { View } from "./view.js";

const gauge = (name: string): SeriesInfo => ({ name, labels: {}, kind: "gauge" });
const histogram = (name: string): SeriesInfo => ({ name, labels: {}, kind: "histogram", bounds: [1, 2] });

/** A channel at its own interval, and views on it. */
function channel(codec: Codec = "json") {
  const feed = new ColumnFeed();
  const json = new JsonTickTokens(feed);
  const binary = new BinaryTickTokens();
  const tokens = codec === "json" ? json : binary;
  const frames = codec === "json" ? new JsonFrames(json) : new BinaryFrames(binary);
  let number = 1;
  const reads: [number, number, number][] = [];
  const view = (patterns: readonly string[] = ["*"]) =>
    new View({
      number: number++,
      key: { channel: "m", scope: {}, select: patterns, stepTicks: 1, merge: "cluster", codec },
      select: compileSelect(patterns),
      columns: feed,
      frames,
      log: new FrameLog({ maxFrames: 1_000, maxBytes: 1e9 }),
      positionAt: (tick) => `v1.e.${tick}`,
      readBlock: (series, fromTick, toTick, stepTicks) => {
        reads.push([fromTick, toTick, stepTicks]);
        return { fromTick, toTick, stepTicks, gaps: [], series: series.map(({ info }) => onePoint(info)) };
      },
    });
  const tick = (at: number, cells?: readonly (Cell | undefined)[]) => tokens.advance(feed.batch(at, cells));
  return { feed, view, tick, reads };
}

// --- arbitrary series, and what they are at a tick ---

const special = fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 1e308, Number.MIN_VALUE);
/** Few plain values, so that they often stay the same; and every special one. */
const numbers = fc.oneof(special, fc.nat({ max: 3 }), fc.double());

const infos: fc.Arbitrary<SeriesInfo> = fc
  .record(
    {
      name: fc.constantFrom("a", "b", "ab", "c/d"),
      labels: fc.dictionary(fc.constantFrom("x", "y", "__proto__"), fc.constantFrom("", "1", '"'), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
      kind: fc.constantFrom<SeriesKind>("gauge", "counter", "histogram"),
    },
    { noNullPrototype: true },
  )
  .map((info) => (info.kind === "histogram" ? { ...info, bounds: [1, 2] } : info));

function cellsFor(info: SeriesInfo): fc.Arbitrary<Cell> {
  const width = slotCount(info);
  const value =
    info.kind === "histogram" ? fc.array(numbers, { minLength: width, maxLength: width }) : numbers;
  const stale = fc.record(
    { stale: fc.constantFrom("failed", "timeout", "garbage", "limit") },
    { noNullPrototype: true },
  );
  return fc.oneof(
    { weight: 5, arbitrary: value },
    { weight: 1, arbitrary: fc.constant("absent") },
    { weight: 1, arbitrary: stale },
  ) as fc.Arbitrary<Cell>;
}

/** What happens at one tick: so many ticks later, series that appear, and what the others are now. */
interface Step {
  readonly after: number;
  readonly added: readonly SeriesInfo[];
  /** By series index, as far as it goes; what is undefined stays. */
  readonly cells: readonly (((info: SeriesInfo) => Cell) | undefined)[];
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    after: fc.oneof(
      { weight: 4, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 9 }) },
    ),
    added: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(infos, { maxLength: 2 }) },
    ),
    cells: fc.array(fc.option(chooser(), { nil: undefined }), { maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 14 },
);

/** A cell that is chosen once it is known what kind its series is. */
function chooser(): fc.Arbitrary<(info: SeriesInfo) => Cell> {
  const ofKind = (kind: SeriesKind) =>
    cellsFor({ name: "n", labels: {}, kind, ...(kind === "histogram" && { bounds: [1, 2] }) });
  return fc.record({ plain: ofKind("gauge"), histogram: ofKind("histogram") }).map(
    ({ plain, histogram }) =>
      (info) =>
        info.kind === "histogram" ? histogram : plain,
  );
}

function onePoint(info: SeriesInfo): BlockSeries {
  const last = Float64Array.of(1);
  return { info, count: Float64Array.of(1), columns: [{ last, min: last, max: last, sum: last }] };
}

/** Cells of the selected series, by their wire ids. */
function selected(
  feed: ColumnFeed,
  patterns: readonly string[],
): { info: SeriesInfo; cell: Cell | undefined }[] {
  const select = compileSelect(patterns);
  return feed.series
    .filter(({ info }) => select.matches(info))
    .map(({ index, info }) => ({ info, cell: feed.cells[index] }));
}

function play(
  list: readonly Step[],
  each: (feed: ColumnFeed, tick: number) => void,
  target = channel(),
): void {
  let tick = 100;
  for (const { after, added, cells } of list) {
    tick += after;
    for (const info of added) target.feed.add(info, tick);
    target.tick(
      tick,
      target.feed.series.map(({ info, index }) => cells[index]?.(info)),
    );
    each(target.feed, tick);
  }
}

function expectToShow(reader: FrameReader, feed: ColumnFeed, patterns: readonly string[]): void {
  const wanted = selected(feed, patterns);
  expect(
    reader.dictionary.map(({ name, labels = {}, kind = "gauge" }) => ({ name, labels, kind })),
  ).toStrictEqual(wanted.map(({ info: { name, labels, kind } }) => ({ name, labels, kind })));
  expect(reader.shown).toStrictEqual(wanted.map(({ cell }) => cell));
}

describe.each(["json", "binary"] as const)("whoever follows the chain in %s", (codec) => {
  test("holds the columns at each tick, whatever series do", () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(["*"], ["a*"], ['*{x="1"}'], ["b", "c/d"]), (list, patterns) => {
        const target = channel(codec);
        const view = target.view(patterns);
        const reader = new FrameReader();
        play(
          list,
          (feed, tick) => {
            view.build();
            follow(reader, view);
            expect(reader.tick).toBe(tick);
            expectToShow(reader, feed, patterns);
          },
          target,
        );
        expect(reader.ticks.length).toBe(list.length);
      }),
      { numRuns: 300 },
    );
  });

  test("is joined by a keyframe at any tick that says the same", () => {
    fc.assert(
      fc.property(steps, fc.nat({ max: 13 }), (list, joinAt) => {
        const target = channel(codec);
        const view = target.view();
        const early = new FrameReader();
        const late = new FrameReader();
        let n = 0;
        play(
          list,
          (feed) => {
            view.build();
            for (const reader of [early, late]) {
              if (reader === late && n < joinAt % list.length) continue;
              follow(reader, view);
              expectToShow(reader, feed, ["*"]);
            }
            n += 1;
          },
          target,
        );
      }),
      { numRuns: 300 },
    );
  });

  test("may catch up over several frames at once", () => {
    fc.assert(
      fc.property(steps, (list) => {
        const target = channel(codec);
        const view = target.view();
        const reader = new FrameReader();
        play(
          list,
          () => {
            view.build();
            if (reader.tick === undefined) reader.read(keyframeOf(view));
          },
          target,
        );
        for (const { frame } of view.log.after(reader.tick ?? 0) ?? []) reader.read(frame);
        expectToShow(reader, target.feed, ["*"]);
      }),
      { numRuns: 100 },
    );
  });
});

/** Reads the chain, or a keyframe at the beginning. */
function follow(reader: FrameReader, view: View): void {
  if (reader.tick === undefined) reader.read(keyframeOf(view));
  else for (const { frame } of view.log.after(reader.tick) ?? []) reader.read(frame);
}

function keyframeOf(view: View) {
  const keyframe = view.keyframe();
  if (!keyframe) throw new Error("no tick yet");
  return keyframe.frame;
}

describe("ids", () => {
  test("are given in order of appearance, and never another series'", () => {
    const { feed, view: open, tick } = channel();
    const view = open(["a*"]);
    feed.add(gauge("a1"));
    feed.add(gauge("other"));
    tick(1, [1, 2]);
    const reader = new FrameReader();
    reader.read(keyframeOf(view));
    feed.add(gauge("a2"));
    feed.add(gauge("a3"));
    tick(2, [undefined, undefined, 3, 4]);
    view.build();
    const message = reader.read(view.log.after(1)?.[0]?.frame ?? keyframeOf(view));
    expect(message.series).toEqual([{ name: "a2" }, { name: "a3" }]);
    expect(message.i).toEqual([1, 1]);
    expect(view.members.map(({ info }) => info.name)).toEqual(["a1", "a2", "a3"]);
  });

  test("agree between the chain and a keyframe that somebody joins by before the chain was built", () => {
    const { feed, view: open, tick } = channel();
    const view = open();
    feed.add(gauge("a"));
    tick(1, [1]);
    const [chained, joined] = [new FrameReader(), new FrameReader()];
    chained.read(keyframeOf(view));
    feed.add(gauge("b"));
    tick(2, [1, 2]);
    joined.read(keyframeOf(view));
    view.build();
    follow(chained, view);
    expectToShow(chained, feed, ["*"]);
    expectToShow(joined, feed, ["*"]);
  });

  test("of a frame whose new series nobody selected name nothing", () => {
    const { feed, view: open, tick } = channel();
    const view = open(["a"]);
    feed.add(gauge("a"));
    tick(1, [1]);
    view.keyframe();
    feed.add(gauge("b"));
    tick(2, [undefined, 5]);
    view.build();
    const frame = new FrameReader();
    expect(() => frame.read(view.log.after(1)?.[0]?.frame ?? keyframeOf(view))).toThrow("1 is not undefined");
    const text = Buffer.from(view.log.after(1)?.[0]?.frame.bytes ?? []).toString();
    expect(JSON.parse(text)).toEqual({ type: "frame", view: 1, tick: 2, prev: 1, i: [], v: [] });
  });
});

describe("a frame", () => {
  test("of a tick at which nothing changed is there, and empty", () => {
    const { feed, view: open, tick } = channel();
    const view = open();
    feed.add(gauge("a"));
    tick(1, [1]);
    view.keyframe();
    tick(2, [1]);
    view.build();
    const text = Buffer.from(view.log.after(1)?.[0]?.frame.bytes ?? []).toString();
    expect(JSON.parse(text)).toEqual({ type: "frame", view: 1, tick: 2, prev: 1, i: [], v: [] });
  });

  test("is built once, and is the same for everybody", () => {
    const { feed, view: open, tick } = channel();
    const view = open();
    feed.add(gauge("a"));
    tick(1, [1]);
    expect(view.keyframe()?.frame).toBe(view.keyframe()?.frame);
    tick(2, [2]);
    expect(view.build()).toBe(true);
    expect(view.build()).toBe(false);
    const [logged] = view.log.after(1) ?? [];
    expect(logged?.frame).toBe(view.log.after(1)?.[0]?.frame);
    expect(logged?.frame.form({ key: Symbol.for("t"), build: () => [] })).toBe(
      view.log.after(1)?.[0]?.frame.form({ key: Symbol.for("t"), build: () => [] }),
    );
  });

  test("of an unwatched tick is a hole: nobody is given a chain over it", () => {
    const { feed, view: open, tick } = channel();
    const view = open();
    feed.add(gauge("a"));
    feed.add(gauge("b"));
    tick(1, [1, 1]);
    view.build();
    tick(2, [1, 2]);
    tick(3, [3, 2]);
    view.build();
    expect(view.log.after(1)).toBeUndefined();
    expect(view.log.after(2)?.map((logged) => logged.tick)).toEqual([3]);
    const reader = new FrameReader();
    reader.read(keyframeOf(view));
    expectToShow(reader, feed, ["*"]);
  });

  test("a writer's first tick has a keyframe and no chain frame", () => {
    const { feed, view: open, tick } = channel();
    const view = open();
    expect(view.keyframe()).toBeUndefined();
    expect(view.build()).toBe(false);
    feed.add(gauge("a"));
    tick(7, [1]);
    expect(view.build()).toBe(false);
    const text = Buffer.from(keyframeOf(view).bytes).toString();
    expect(JSON.parse(text)).toEqual({
      type: "frame",
      view: 1,
      tick: 7,
      generation: 1,
      position: "v1.e.7",
      series: [{ name: "a" }],
      i: [0],
      v: [1],
    });
  });
});

describe("a histogram", () => {
  test("tells the slots that moved, and no others", () => {
    const { feed, view: open, tick } = channel();
    const view = open();
    feed.add(histogram("h"));
    tick(1, [[1, 2, 3, 4]]);
    view.keyframe();
    tick(2, [[1, 5, 3, -0]]);
    view.build();
    const text = Buffer.from(view.log.after(1)?.[0]?.frame.bytes ?? []).toString();
    expect(JSON.parse(text).v).toEqual([[1, 5, 3, "-0"]]);
  });

  test("that comes back tells all of them: who joined meanwhile holds none", () => {
    for (const away of ["absent", { stale: "failed" }] as const) {
      const { feed, view: open, tick } = channel();
      const view = open();
      feed.add(histogram("h"));
      tick(1, [[1, 2, 3, 4]]);
      tick(2, [away]);
      const reader = new FrameReader();
      reader.read(keyframeOf(view));
      tick(3, [[1, 2, 3, 5]]);
      view.build();
      for (const { frame } of view.log.after(2) ?? []) reader.read(frame);
      expectToShow(reader, feed, ["*"]);
    }
  });
});

describe("a block", () => {
  test("is read and encoded once for all who ask at a tick", () => {
    const { feed, view: open, tick, reads } = channel();
    const view = open();
    feed.add(gauge("a"));
    tick(10, [1]);
    view.keyframe();
    const block = view.block(0, 10, 5);
    expect(view.block(0, 10, 5)).toBe(block);
    expect(view.block(0, 10, 10)).not.toBe(block);
    expect(reads).toEqual([
      [0, 10, 5],
      [0, 10, 10],
    ]);
    tick(11, [2]);
    view.build();
    expect(view.block(0, 10, 5)).not.toBe(block);
  });

  test("names series by their ids, in the generation they belong to", () => {
    const { feed, view: open, tick } = channel();
    const view = open(["b"]);
    feed.add(gauge("a"));
    feed.add(gauge("b"));
    tick(10, [1, 2]);
    view.keyframe();
    expect(JSON.parse(Buffer.from(view.block(9, 10, 1).bytes).toString())).toEqual({
      type: "block",
      view: 1,
      generation: 1,
      from: 9,
      to: 10,
      step: 1,
      series: [{ id: 0, last: [1] }],
    });
  });

  test("hostile ranges do not fill the memory: encoded ones are forgotten", () => {
    const { feed, view: open, tick, reads } = channel();
    const view = open();
    feed.add(gauge("a"));
    tick(1_000, [1]);
    view.keyframe();
    const first = view.block(0, 1_000, 1);
    for (let from = 1; from <= 64; from += 1) view.block(from, 1_000, 1);
    expect(view.block(0, 1_000, 1)).not.toBe(first);
    expect(reads.length).toBe(66);
  });
});

test("two views on one channel read the very same tokens, encoded once", () => {
  const { feed, view: open, tick } = channel();
  feed.add(gauge("a"));
  const [one, two] = [open(["*"]), open(["a"])];
  tick(1, [1]);
  one.build();
  two.build();
  tick(2, [2.5]);
  let encoded = 0;
  const values = feed.values;
  feed.values = new Proxy(values, {
    get(target, key) {
      if (key === "0") encoded += 1;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  one.build();
  two.build();
  expect(encoded).toBe(1);
  expect(one.number).not.toBe(two.number);
});
