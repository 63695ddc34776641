import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meaningOf } from "./binary/testing/block-meaning.js";
import type { Block, BlockSeries, CounterColumn, GaugeColumn } from "./block.js";
import { decodeBlock, defaultIncrease, encodeBlock, encodeSeriesInfo, shapeOf } from "./json-block.js";
import type { SeriesInfo, SeriesKind } from "./series.js";
import { slotCount } from "./series.js";
import type { WireBlock } from "./wire-values.js";

const special = fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, 1e308, 5);
const number = fc.oneof(fc.double(), special, fc.integer());

interface Shape {
  readonly fromTick: number;
  readonly stepTicks: number;
  readonly points: number;
  readonly short: number;
}
const shapes: fc.Arbitrary<Shape> = fc.record({
  fromTick: fc.nat({ max: 1e9 }),
  stepTicks: fc.integer({ min: 1, max: 20 }),
  points: fc.nat({ max: 12 }),
  short: fc.nat({ max: 19 }),
});

function rangeOf({ fromTick, stepTicks, points, short }: Shape) {
  const partial = points === 0 ? 0 : Math.min(short, stepTicks - 1);
  return { fromTick, stepTicks, toTick: fromTick + points * stepTicks - partial };
}

function floats(length: number): fc.Arbitrary<Float64Array> {
  return fc.array(number, { minLength: length, maxLength: length }).map((list) => Float64Array.from(list));
}

/** Each column its own, or the same as `last`: alone it may be what has to be told. */
function gaugeColumn(points: number): fc.Arbitrary<GaugeColumn> {
  const own = fc.option(floats(points), { nil: undefined });
  return fc
    .tuple(floats(points), own, own, own)
    .map(([last, min = last, max = last, sum = last]) => ({ last, min, max, sum }));
}

/** Increases as the rule gives them at some points, and anything at others. */
function counterColumn(count: Float64Array): fc.Arbitrary<CounterColumn> {
  const odd = fc.array(fc.option(number), { minLength: count.length, maxLength: count.length });
  return fc.tuple(floats(count.length), odd).map(([last, changes]) => {
    let previous: number | undefined;
    const increase = Float64Array.from(last, (value, k) => {
      if (count[k] === 0) return 0;
      const usual = defaultIncrease(value, previous);
      previous = value;
      return changes[k] ?? usual;
    });
    return { last, increase };
  });
}

function counts(shape: Shape): fc.Arbitrary<Float64Array> {
  const { fromTick, toTick, stepTicks } = rangeOf(shape);
  const full = Array.from({ length: shape.points }, (_, k) =>
    Math.min(stepTicks, toTick - fromTick - k * stepTicks),
  );
  const some = full.map((most) => fc.oneof(fc.constant(most), fc.constant(0), fc.nat({ max: most })));
  return fc.oneof(fc.constant(full), fc.tuple(...some)).map((list) => Float64Array.from(list));
}

const infos: fc.Arbitrary<SeriesInfo> = fc
  .record(
    {
      name: fc.string(),
      labels: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true }),
      kind: fc.constantFrom<SeriesKind>("gauge", "counter", "histogram"),
      unit: fc.string(),
      aggregator: fc.constantFrom("sum", "average", "min", "max", "first", "omit"),
      // A bound is a place, not a value: -0 is 0 there, and plain JSON has no other.
      bounds: fc.uniqueArray(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((bound) => bound + 0),
        { maxLength: 3 },
      ),
    },
    { requiredKeys: ["name", "labels", "kind"], noNullPrototype: true },
  )
  .map(({ bounds, ...info }) => (info.kind === "histogram" && bounds ? { ...info, bounds } : info));

function seriesOf(shape: Shape): fc.Arbitrary<BlockSeries> {
  return fc.tuple(infos, counts(shape)).chain(([info, count]) => {
    const column = info.kind === "gauge" ? gaugeColumn(shape.points) : counterColumn(count);
    const slots = Array.from({ length: slotCount(info) }, () => column);
    return fc.tuple(...slots).map((columns) => ({ info, count, columns }));
  });
}

const blocks: fc.Arbitrary<Block> = shapes.chain((shape) =>
  fc.record({
    fromTick: fc.constant(rangeOf(shape).fromTick),
    toTick: fc.constant(rangeOf(shape).toTick),
    stepTicks: fc.constant(shape.stepTicks),
    series: fc.array(seriesOf(shape), { maxLength: 3 }),
    gaps: fc.array(fc.record({ fromTick: fc.nat(), toTick: fc.nat() }, { noNullPrototype: true }), {
      maxLength: 3,
    }),
  }),
);

const overWire = (wire: WireBlock): WireBlock => JSON.parse(JSON.stringify(wire));

describe("a block over the wire", () => {
  test("is the same block", () => {
    fc.assert(
      fc.property(blocks, (block) => {
        const decoded = decodeBlock(overWire(encodeBlock(block, () => undefined)), () => undefined);
        // toStrictEqual compares numbers by Object.is.
        expect(meaningOf(decoded)).toStrictEqual(meaningOf(block));
      }),
      { numRuns: 500 },
    );
  });

  test("is the same with ids of a dictionary", () => {
    fc.assert(
      fc.property(blocks, (block) => {
        const wire = encodeBlock(block, (series) => block.series.indexOf(series));
        expect(wire.series.every((series) => series.series === undefined)).toBe(true);
        const decoded = decodeBlock(overWire(wire), (id) => block.series[id]?.info);
        expect(meaningOf(decoded)).toStrictEqual(meaningOf(block));
      }),
      { numRuns: 200 },
    );
  });

  test("leaves out what follows from the rest", () => {
    const last = Float64Array.of(1, 2, -0);
    const plain: Block = {
      fromTick: 0,
      toTick: 6,
      stepTicks: 2,
      gaps: [],
      series: [
        {
          info: gauge,
          count: Float64Array.of(2, 2, 2),
          columns: [{ last, min: last, max: last, sum: last }],
        },
        {
          info: counter,
          count: Float64Array.of(2, 2, 2),
          columns: [{ last: Float64Array.of(5, 9, 3), increase: Float64Array.of(Number.NaN, 4, 3) }],
        },
      ],
    };
    expect(encodeBlock(plain, ({ info }) => (info === gauge ? 0 : 1))).toStrictEqual({
      from: 0,
      to: 6,
      step: 2,
      series: [
        { id: 0, last: [1, 2, "-0"] },
        { id: 1, last: [5, 9, 3] },
      ],
    });
  });

  test("tells increases, counts and gaps that do not follow", () => {
    const block: Block = {
      fromTick: 10,
      toTick: 14,
      stepTicks: 2,
      gaps: [{ fromTick: 11, toTick: 12 }],
      series: [
        {
          info: counter,
          count: Float64Array.of(1, 2),
          columns: [{ last: Float64Array.of(5, 9), increase: Float64Array.of(2, 7) }],
        },
      ],
    };
    expect(encodeBlock(block, () => 0)).toStrictEqual({
      from: 10,
      to: 14,
      step: 2,
      series: [{ id: 0, last: [5, 9], count: [1, 2], increase: [0, 2, 1, 7] }],
      gaps: [11, 12],
    });
  });

  test("an absent point is null, whatever its columns hold", () => {
    const last = Float64Array.of(7, 8);
    const block: Block = {
      fromTick: 0,
      toTick: 2,
      stepTicks: 1,
      gaps: [],
      series: [
        { info: gauge, count: Float64Array.of(0, 1), columns: [{ last, min: last, max: last, sum: last }] },
      ],
    };
    const wire = encodeBlock(block, () => undefined);
    expect(wire.series[0]?.last).toEqual([null, 8]);
    expect([...(decodeBlock(wire, () => undefined).series[0]?.count ?? [])]).toEqual([0, 1]);
  });
});

describe("decoding what is no block", () => {
  const junk = fc.oneof(fc.jsonValue(), fc.constantFrom(2 ** 53, 1e300, -1, "x", null, [], {}));

  test("never throws and never makes more points than were sent", () => {
    const entry = fc.oneof(
      junk,
      fc.record(
        {
          id: junk,
          series: fc.oneof(junk, fc.record({ name: junk, kind: junk, bounds: junk, labels: junk })),
          last: fc.oneof(junk, fc.array(number)),
          min: junk,
          max: junk,
          sum: junk,
          count: junk,
          increase: fc.oneof(junk, fc.array(junk)),
        },
        { requiredKeys: [] },
      ),
    );
    const wire = fc.record(
      {
        from: fc.oneof(fc.nat(), junk),
        to: fc.oneof(fc.nat(), junk),
        step: fc.oneof(fc.nat(), junk),
        series: fc.oneof(junk, fc.array(entry)),
        gaps: junk,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(junk, wire), (value) => {
        const text = JSON.stringify(value);
        const block = decodeBlock(JSON.parse(text), (id) => (id === 1 ? gauge : undefined));
        for (const { count } of block.series) expect(count.length).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a range without its points costs nothing", () => {
    const wire = { from: 0, to: 2 ** 52, step: 1, series: [{ series: { name: "a" }, last: [1] }] };
    expect(decodeBlock(wire, () => undefined).series).toEqual([]);
  });

  test("a histogram with a column too few is left out, its neighbours stay", () => {
    const info = { name: "h", kind: "histogram", bounds: [1] } as const;
    const wire: WireBlock = {
      from: 0,
      to: 1,
      step: 1,
      series: [
        { series: info, last: [[1], [2]] },
        { series: info, last: [[1], [2], [3]] },
      ],
    };
    expect(decodeBlock(wire, () => undefined).series).toHaveLength(1);
  });

  test("an id that is not in the dictionary is left out", () => {
    const wire: WireBlock = { from: 0, to: 1, step: 1, series: [{ id: 7, last: [1] }] };
    expect(decodeBlock(wire, () => undefined).series).toEqual([]);
  });
});

test("help goes out with catalogues only", () => {
  const info: SeriesInfo = { name: "a", labels: { b: "c" }, kind: "counter", unit: "bytes", help: "What." };
  expect(encodeSeriesInfo(info)).toEqual({ name: "a", labels: { b: "c" }, kind: "counter", unit: "bytes" });
  expect(encodeSeriesInfo(info, true)).toEqual({ ...info });
  expect(encodeSeriesInfo({ name: "a", labels: {}, kind: "gauge" })).toEqual({ name: "a" });
});

const gauge: SeriesInfo = { name: "g", labels: {}, kind: "gauge" };
const counter: SeriesInfo = { name: "c", labels: {}, kind: "counter" };

test.each([
  ["no numbers", undefined, undefined, undefined],
  ["a range that ends before it begins", 5, 3, 1],
  ["a negative tick", -1, 3, 1],
  ["no step", 0, 3, 0],
  ["a negative step", 0, 3, -1],
  ["half a tick", 0, 3.5, 1],
  ["a step that is not finite", 0, 3, Number.POSITIVE_INFINITY],
])("%s is no shape of a block", (_, fromTick, toTick, stepTicks) => {
  expect(shapeOf(fromTick, toTick, stepTicks)).toBeUndefined();
});
