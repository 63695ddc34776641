import { describe, expect, it } from "vitest";
import { seriesState } from "../contracts/feed.js";
import type { RejectReason } from "./rejections.js";
import { metricsFeed } from "./testing/metrics-feed.js";

function setUp(read: () => unknown) {
  const { clock, stats, reports, feed } = metricsFeed();
  // The types forbid what these tests are about.
  Reflect.apply(feed.addSource, feed, [{ name: "odd", read }]);
  return { clock, stats, reports, feed };
}

function thrower(): never {
  throw new Error("no");
}

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
const long = "x".repeat(10 * 1_024 * 1_024);

/** Values that are not JavaScript numbers, and why they are dropped. */
const badValues: readonly (readonly [string, () => unknown, RejectReason])[] = [
  ["undefined", () => undefined, "value"],
  ["null", () => null, "value"],
  ["true", () => true, "value"],
  ["a BigInt", () => 1n, "value"],
  ["a Symbol", () => Symbol("s"), "value"],
  ["a number as a string", () => "12", "value"],
  ["a 10 MB string", () => long, "value"],
  ["a function", () => () => 1, "value"],
  ["an object", () => ({}), "value"],
  ["an array", () => [1], "value"],
  ["a Date", () => new Date(0), "value"],
  ["a boxed number", () => Object(1), "value"],
  ["a cycle", () => cyclic, "value"],
  ["a hostile toJSON", () => ({ toJSON: thrower }), "value"],
  ["a hostile valueOf", () => ({ valueOf: thrower, [Symbol.toPrimitive]: thrower }), "value"],
  ["a hostile Proxy", () => new Proxy({}, { get: thrower, has: thrower, ownKeys: thrower }), "threw"],
  ["a promise", () => Promise.resolve(1), "value"],
];

/** Histograms that make no sense. */
const badHistograms: readonly (readonly [string, unknown])[] = [
  ["no bounds", { bounds: [], counts: [1], sum: 1, count: 1 }],
  ["descending bounds", { bounds: [2, 1], counts: [1, 1, 1], sum: 1, count: 3 }],
  ["a bound that is NaN", { bounds: [Number.NaN], counts: [1, 1], sum: 1, count: 2 }],
  ["an infinite bound", { bounds: [1, Number.POSITIVE_INFINITY], counts: [1, 1, 1], sum: 1, count: 3 }],
  ["too few counts", { bounds: [1, 2], counts: [1], sum: 1, count: 1 }],
  ["too many counts", { bounds: [1], counts: [1, 1, 1], sum: 1, count: 3 }],
  ["a negative count", { bounds: [1], counts: [-1, 1], sum: 1, count: 0 }],
  ["a count that is NaN", { bounds: [1], counts: [Number.NaN, 1], sum: 1, count: 1 }],
  ["a string for a count", { bounds: [1], counts: ["1", 1], sum: 1, count: 2 }],
  ["holes", { bounds: [1], counts: new Array(2), sum: 1, count: 2 }],
  ["no sum", { bounds: [1], counts: [1, 1], count: 2 }],
  ["a count below its buckets", { bounds: [1], counts: [5], sum: 1, count: 2 }],
  ["300 bounds", { bounds: Array.from({ length: 300 }, (_, n) => n), counts: [], sum: 1, count: 2 }],
];

/** Samples with something else wrong. */
const badSamples: readonly (readonly [string, () => unknown, RejectReason])[] = [
  ["a number", () => 1, "not_a_sample"],
  ["null", () => null, "not_a_sample"],
  ["no name", () => ({ value: 1 }), "name"],
  ["an empty name", () => ({ name: "", value: 1 }), "name"],
  ["a name with a space", () => ({ name: "a b", value: 1 }), "name"],
  ["a name with markup", () => ({ name: "<img onerror=alert(1)>", value: 1 }), "name"],
  ["a name of 256 characters", () => ({ name: "a".repeat(256), value: 1 }), "name"],
  ["a name of 10 MB", () => ({ name: long, value: 1 }), "name"],
  ["a Symbol as name", () => ({ name: Symbol("a"), value: 1 }), "name"],
  ["labels that are a list", () => ({ name: "a", value: 1, labels: ["a"] }), "labels"],
  ["a number as label", () => ({ name: "a", value: 1, labels: { status: 200 } }), "labels"],
  [
    "a label of 1,001 characters",
    () => ({ name: "a", value: 1, labels: { a: "x".repeat(1_001) } }),
    "labels",
  ],
  [
    "labels that throw",
    () => ({ name: "a", value: 1, labels: new Proxy({}, { ownKeys: thrower }) }),
    "threw",
  ],
  ["an unknown kind", () => ({ name: "a", value: 1, kind: "summary" }), "kind"],
  ["a number for a histogram", () => ({ name: "a", value: 1, kind: "histogram" }), "kind"],
  ["a getter that throws", () => Object.defineProperty({}, "name", { get: thrower }), "threw"],
  ["another kind than its metric has", () => ({ name: "good", value: 1, kind: "counter" }), "kind"],
  ["a series that was given already", () => ({ name: "good", value: 5 }), "duplicate"],
];

describe("garbage", () => {
  const samples: readonly (readonly [string, () => unknown, RejectReason])[] = [
    ...badValues.map(
      ([what, value, reason]) => [what, () => ({ name: "a", value: value() }), reason] as const,
    ),
    ...badHistograms.map(([what, value]) => [what, () => ({ name: "a", value }), "histogram"] as const),
    ...badSamples,
  ];

  it.each(samples)(
    "%s: the sample is dropped and counted with its reason, the others stay",
    (_, sample, reason) => {
      const { feed, stats, reports } = setUp(() => [
        { name: "good", value: 1 },
        sample(),
        { name: "too", value: 2 },
      ]);
      feed.start(() => {});
      expect(feed.columns.series.map(({ info }) => info.name)).toEqual(["good", "too"]);
      expect([...feed.columns.values.subarray(0, 2)]).toEqual([1, 2]);
      expect([...feed.rejected]).toEqual([[reason, 1]]);
      expect(stats.samplesRejected).toBe(1);
      expect(stats.sourceFailures).toBe(0);
      expect(reports).toEqual([
        {
          code: "MC_SOURCE_GARBAGE",
          details: { source: "odd", channel: "metrics", dropped: { [reason]: 1 } },
        },
      ]);
    },
  );

  it("twin: as JSON writes it some takes the whole tick along, and NaN becomes null", () => {
    const written = (value: () => unknown) => {
      try {
        return JSON.stringify({ a: value(), good: 1 });
      } catch {
        return "nothing";
      }
    };
    expect(badValues.filter(([, value]) => written(value) === "nothing").map(([what]) => what)).toEqual([
      "a BigInt",
      "a cycle",
      "a hostile toJSON",
      "a hostile Proxy",
    ]);
    expect([Number.NaN, -0].map((value) => written(() => value))).toEqual([
      '{"a":null,"good":1}',
      '{"a":0,"good":1}',
    ]);
  });

  it("a number where a histogram stood shifts nobody's values", () => {
    const histogram = { bounds: [1], counts: [1, 2], sum: 9, count: 3 };
    let value: unknown = histogram;
    const { clock, feed } = setUp(() => [
      { name: "h", kind: "histogram", value },
      { name: "after", value: 5 },
    ]);
    feed.start(() => {});
    for (const odd of [7, 7, histogram, histogram, 7]) {
      value = odd;
      clock.advance(1_000);
      expect([...feed.columns.values.subarray(0, 4)]).toEqual([1, 2, 9, 5]);
    }
    expect([...feed.columns.states.subarray(0, 2)]).toEqual([seriesState.stale, seriesState.live]);
  });

  it.each(badValues)("%s as a property: the series that was known turns stale", (_, value, reason) => {
    let good = true;
    const { clock, feed } = setUp(() => ({ a: good ? 1 : value(), b: 2 }));
    feed.start(() => {});
    good = false;
    clock.advance(1_000);
    expect([...feed.rejected]).toEqual([[reason, 1]]);
    expect([...feed.columns.states.subarray(0, 2)]).toEqual([seriesState.stale, seriesState.live]);
    expect(feed.columns.staleCause(0)).toBe("garbage");
    expect(feed.columns.values[0]).toBe(1);
    good = true;
    clock.advance(1_000);
    expect(feed.columns.states[0]).toBe(seriesState.live);
    expect(feed.columns.staleCause(0)).toBeUndefined();
  });

  it("in a property that throws when read: its series turns stale", () => {
    let good = true;
    const { clock, feed } = setUp(() =>
      Object.defineProperty({}, "a", { enumerable: true, get: () => (good ? 1 : thrower()) }),
    );
    feed.start(() => {});
    good = false;
    clock.advance(1_000);
    expect([...feed.rejected]).toEqual([["threw", 1]]);
    expect(feed.columns.staleCause(0)).toBe("garbage");
  });

  it("of one source leaves a series of another alone", () => {
    let bad = false;
    const { clock, feed } = setUp(() => (bad ? { a: "1" } : {}));
    feed.addSource(() => ({ a: 1 }));
    feed.start(() => {});
    bad = true;
    clock.advance(1_000);
    expect(feed.columns.states[0]).toBe(seriesState.live);
    expect([...feed.rejected]).toEqual([["value", 1]]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324, Number.MAX_VALUE])(
    "is not what %d is: it arrives as it is",
    (value) => {
      const { feed } = setUp(() => [
        { name: "a", value },
        { name: "b", value, kind: "counter" },
      ]);
      feed.start(() => {});
      expect([...feed.columns.values.subarray(0, 2)]).toEqual([value, value]);
      expect(Object.is(feed.columns.values[0], value)).toBe(true);
      expect(feed.rejected.size).toBe(0);
    },
  );

  it("tells -0 from 0 and NaN from nothing in what changed", () => {
    const values = [0, -0, -0, Number.NaN, Number.NaN, 1];
    const changed: number[] = [];
    const { clock, feed } = setUp(() => ({ a: values.shift() }));
    feed.start((batch) => changed.push(batch.changed.length));
    clock.advance(5_000);
    expect(changed).toEqual([1, 1, 0, 1, 0, 1]);
  });

  it("cannot reach a prototype", () => {
    const named = JSON.parse(
      '[{"name":"__proto__","value":1,"labels":{"__proto__":"x"}},{"name":"constructor","value":2}]',
    );
    const { feed } = setUp(() => named);
    feed.start(() => {});
    const [series] = feed.columns.series;
    expect(series?.info.name).toBe("__proto__");
    expect(Object.entries(series?.info.labels ?? {})).toEqual([["__proto__", "x"]]);
    expect({}).not.toHaveProperty("x");

    const record = setUp(() => JSON.parse('{"__proto__": 3}'));
    record.feed.start(() => {});
    expect(record.feed.columns.series.map(({ info }) => info.name)).toEqual(["__proto__"]);
    expect(record.feed.columns.values[0]).toBe(3);
  });

  it("does not get in by a labels object that the source goes on changing", () => {
    const labels = { route: "/a" };
    const { clock, feed } = setUp(function* () {
      labels.route = "/a";
      yield { name: "hits", value: 1, labels };
      labels.route = "/b";
      yield { name: "hits", value: 2, labels };
    });
    feed.start(() => {});
    clock.advance(3_000);
    labels.route = "/c";
    expect(feed.columns.series.map(({ info }) => info.labels.route)).toEqual(["/a", "/b"]);
    expect([...feed.columns.values.subarray(0, 2)]).toEqual([1, 2]);
    expect(feed.rejected.size).toBe(0);
  });
});
