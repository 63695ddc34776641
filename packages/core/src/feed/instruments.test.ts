import { describe, expect, it } from "vitest";
import { seriesState } from "../contracts/feed.js";
import type { MetricsFeed } from "./metrics-feed.js";
import { type FeedOptions, metricsFeed } from "./testing/metrics-feed.js";

function setUp(options: FeedOptions = {}) {
  const stage = metricsFeed(options);
  const start = () => stage.feed.start(() => {});
  const tick = () => stage.clock.advance(1_000);
  return { ...stage, start, tick };
}

/** Slots of the live series, by name and labels. */
function live({ columns }: MetricsFeed): Record<string, number | number[]> {
  const alive = columns.series.filter(({ index }) => columns.states[index] === seriesState.live);
  return Object.fromEntries(
    alive.map(({ slot, width, info }) => {
      const labels = Object.entries(info.labels).map(([name, value]) => `${name}=${value}`);
      const slots = [...columns.values.subarray(slot, slot + width)];
      return [[info.name, ...labels].join(" "), slots.length === 1 ? (slots[0] ?? Number.NaN) : slots];
    }),
  );
}

const conflict = expect.objectContaining({ code: "MC_KIND_CONFLICT" });
const badName = expect.objectContaining({ code: "MC_NAME_INVALID" });

describe("a counter", () => {
  it("without labels counts from zero", () => {
    const { feed, start, tick } = setUp();
    const hits = feed.counter("hits", { unit: "requests", help: "Hits.", aggregator: "sum" });
    start();
    expect(live(feed)).toEqual({ hits: 0 });
    hits.inc();
    hits.inc(2.5);
    expect(live(feed)).toEqual({ hits: 0 });
    tick();
    expect(live(feed)).toEqual({ hits: 3.5 });
    expect(feed.columns.series[0]?.info).toMatchObject({
      kind: "counter",
      unit: "requests",
      help: "Hits.",
      aggregator: "sum",
    });
  });

  it("has no option of another name", () => {
    const { feed } = setUp();
    expect(() => feed.counter("hits", Object({ labelNames: ["a"] }))).toThrow(
      'MC_OPTION_UNKNOWN: counter "hits" has no option "labelNames"; it has labels, unit, help, aggregator',
    );
    expect(() => feed.gauge("load", Object({ bounds: [1] }))).toThrow("MC_OPTION_UNKNOWN");
    expect(() => feed.histogram("took", { bounds: [1] })).not.toThrow();
  });

  it("counts each label set apart, in whatever order its labels come", () => {
    const { feed, start } = setUp();
    const hits = feed.counter("hits", { labels: ["status", "method"] });
    hits.inc(1, { method: "GET", status: "2xx" });
    hits.inc(1, { status: "2xx", method: "GET" });
    hits.inc(1, { status: "5xx", method: "GET" });
    start();
    expect(live(feed)).toEqual({ "hits method=GET status=2xx": 2, "hits method=GET status=5xx": 1 });
  });

  it("is one series with a source that names the same labels", () => {
    const { feed, start } = setUp();
    const hits = feed.counter("hits", { labels: ["b", "a"] });
    hits.inc(1, { a: "1", b: "2" });
    feed.addSource(() => [{ name: "hits", kind: "counter", value: 9, labels: { a: "1", b: "2" } }]);
    start();
    expect(live(feed)).toEqual({ "hits a=1 b=2": 1 });
    expect([...feed.rejected]).toEqual([["duplicate", 1]]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "1", 1n, null, {}])(
    "drops %s, without a throw",
    (value) => {
      const { feed, start, stats, reports } = setUp();
      const hits = feed.counter("hits");
      Reflect.apply(hits.inc, hits, [value]);
      start();
      expect(live(feed)).toEqual({ hits: 0 });
      expect(stats.samplesRejected).toBe(1);
      expect(reports[0]).toMatchObject({ code: "MC_VALUE_INVALID", details: { metric: "hits" } });
    },
  );

  it.each([
    ["none", undefined],
    ["one missing", { method: "GET" }],
    ["one too many", { method: "GET", status: "2xx", more: "x" }],
    ["another", { method: "GET", other: "2xx" }],
    ["a number", { method: "GET", status: 200 }],
    ["a long one", { method: "GET", status: "x".repeat(1_001) }],
    ["null", null],
    [
      "a hostile one",
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("no");
          },
        },
      ),
    ],
  ])("drops pushes with wrong labels: %s", (_, labels) => {
    const { feed, start, stats } = setUp();
    const hits = feed.counter("hits", { labels: ["method", "status"] });
    Reflect.apply(hits.inc, hits, [1, labels]);
    start();
    expect(live(feed)).toEqual({});
    expect(stats.samplesRejected).toBe(1);
  });

  it("adds label sets past the limit to its overflow series, exactly", () => {
    const { feed, start, stats, tick } = setUp({ maxLabelSets: 2 });
    const hits = feed.counter("hits", { labels: ["id"] });
    for (let n = 0; n < 1_000; n += 1) hits.inc(1, { id: String(n) });
    start();
    expect(live(feed)).toEqual({ "hits id=0": 1, "hits id=1": 1, "hits overflow=true": 998 });
    hits.inc(5, { id: "7" });
    tick();
    expect(live(feed)).toEqual({ "hits id=0": 1, "hits id=1": 1, "hits overflow=true": 1_003 });
    expect(stats.samplesOverflowed).toBe(2);
  });

  it("forgets a label set that is removed", () => {
    const { feed, start, tick } = setUp();
    const hits = feed.counter("hits", { labels: ["id"] });
    hits.inc(3, { id: "a" });
    start();
    hits.remove({ id: "a" });
    tick();
    expect(live(feed)).toEqual({});
    hits.inc(1, { id: "a" });
    tick();
    expect(live(feed)).toEqual({ "hits id=a": 1 });
    expect(feed.columns.series.length).toBe(1);
  });
});

describe("a gauge", () => {
  it("is absent until it is set, then goes up and down", () => {
    const { feed, start, tick } = setUp();
    const depth = feed.gauge("depth");
    start();
    expect(live(feed)).toEqual({});
    depth.set(5);
    depth.inc();
    depth.dec(3);
    tick();
    expect(live(feed)).toEqual({ depth: 3 });
    depth.set(Number.NaN);
    tick();
    expect(live(feed)).toEqual({ depth: Number.NaN });
  });

  it("drops what is no number, and steps that are not finite", () => {
    const { feed, start, stats } = setUp();
    const depth = feed.gauge("depth");
    depth.set(1);
    for (const method of [depth.set, depth.inc, depth.dec]) Reflect.apply(method, depth, ["2"]);
    depth.inc(Number.NaN);
    depth.dec(Number.POSITIVE_INFINITY);
    start();
    expect(live(feed)).toEqual({ depth: 1 });
    expect(stats.samplesRejected).toBe(5);
  });

  it("shows count, min and max of what was pushed past the limit since the last tick", () => {
    const { feed, start, tick } = setUp({ maxLabelSets: 1 });
    const depth = feed.gauge("depth", { labels: ["queue"] });
    for (const [index, value] of [1, 4, Number.NaN, -2].entries()) depth.set(value, { queue: String(index) });
    start();
    expect(live(feed)).toEqual({
      "depth queue=0": 1,
      "depth overflow=count": 3,
      "depth overflow=min": -2,
      "depth overflow=max": 4,
    });
    tick();
    expect(live(feed)).toEqual({ "depth queue=0": 1 });
  });
});

describe("a histogram", () => {
  it("counts each value in the bucket of the first bound that is not below it", () => {
    const { feed, start } = setUp();
    const time = feed.histogram("time", { bounds: [1, 2, 5] });
    for (const value of [-1, 1, 1.5, 2, 5, 5.1, 100]) time.observe(value);
    start();
    expect(live(feed)).toEqual({ time: [2, 2, 1, 2, 113.6] });
  });

  it("has bounds for seconds by default, and one series per label set", () => {
    const { feed, start } = setUp();
    const time = feed.histogram("time", { labels: ["route"] });
    time.observe(0.03, { route: "/a" });
    start();
    const [series] = feed.columns.series;
    expect(series?.width).toBe(13);
    expect(series?.info.bounds).toEqual([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]);
    expect(live(feed)["time route=/a"]).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0.03]);
  });

  it("drops what is not a finite number, and adds label sets past the limit to its overflow series", () => {
    const { feed, start, stats } = setUp({ maxLabelSets: 1 });
    const time = feed.histogram("time", { bounds: [1], labels: ["id"] });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) time.observe(value, { id: "a" });
    for (const id of ["a", "b", "c"]) time.observe(2, { id });
    start();
    expect(live(feed)).toEqual({ "time id=a": [0, 1, 2], "time overflow=true": [0, 2, 4] });
    expect(stats.samplesRejected).toBe(2);
  });
});

describe("a definition", () => {
  it("gives the same instrument again", () => {
    const { feed } = setUp();
    expect(feed.counter("hits", { labels: ["a", "b"] })).toBe(feed.counter("hits", { labels: ["b", "a"] }));
    expect(feed.histogram("time")).toBe(feed.histogram("time"));
  });

  it("that contradicts an earlier one is refused at once", () => {
    const { feed } = setUp();
    feed.counter("hits", { unit: "requests", labels: ["a"] });
    feed.histogram("time", { bounds: [1, 2] });
    expect(() => feed.gauge("hits")).toThrow(conflict);
    expect(() => feed.counter("hits", { unit: "bytes", labels: ["a"] })).toThrow(conflict);
    expect(() => feed.counter("hits", { unit: "requests", labels: ["b"] })).toThrow(conflict);
    expect(() => feed.histogram("time", { bounds: [1, 3] })).toThrow(conflict);
  });

  it("is held against what sources gave, and they against it", () => {
    const { feed, start } = setUp();
    feed.addSource(() => ({ given: 1, defined: 1 }));
    feed.counter("defined");
    start();
    expect(() => feed.counter("given")).toThrow(conflict);
    expect(feed.gauge("given")).toBeDefined();
    expect(live(feed)).toEqual({ defined: 0, given: 1 });
    expect([...feed.rejected]).toEqual([["kind", 1]]);
  });

  it.each(["", "1a", "a b", "a{b}", "ä", "a".repeat(256), undefined, 7])(
    "is refused with the name %s",
    (name) => {
      const { feed } = setUp();
      for (const define of [feed.counter, feed.gauge, feed.histogram]) {
        expect(() => Reflect.apply(define, feed, [name])).toThrow(badName);
      }
    },
  );

  it.each([
    [["a-b"]],
    [["1"]],
    [[""]],
    [["a", "a"]],
    [[7]],
    ["ab"],
    [Array.from({ length: 33 }, (_, n) => `l${n}`)],
  ])("is refused with bad labels: case %$", (labels) => {
    const { feed } = setUp();
    expect(() => Reflect.apply(feed.counter, feed, ["hits", { labels }])).toThrow(badName);
  });

  it.each([
    [[]],
    [[2, 1]],
    [[1, Number.POSITIVE_INFINITY]],
    [["1"]],
    [7],
    [Array.from({ length: 257 }, (_, n) => n)],
  ])("is refused with bad bounds: case %$", (bounds) => {
    const { feed } = setUp();
    expect(() => Reflect.apply(feed.histogram, feed, ["time", { bounds }])).toThrow(badName);
  });

  it("may be named __proto__", () => {
    const { feed, start } = setUp();
    feed.counter("__proto__", { labels: ["__proto__"] }).inc(1, JSON.parse('{"__proto__": "x"}'));
    start();
    expect(live(feed)).toEqual({ "__proto__ __proto__=x": 1 });
  });
});
