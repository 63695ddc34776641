import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { seriesState } from "../contracts/feed.js";
import type { MetricsFeed } from "./metrics-feed.js";
import { metricsFeed } from "./testing/metrics-feed.js";

function* labelled(count: number, kind: "gauge" | "counter", value: (n: number) => number) {
  for (let n = 0; n < count; n += 1) yield { name: "m", value: value(n), kind, labels: { id: String(n) } };
}

/** Live series of a channel by their label. */
function live({ columns }: MetricsFeed): Record<string, number> {
  const alive = columns.series.filter(({ index }) => columns.states[index] === seriesState.live);
  return Object.fromEntries(
    alive.map(({ slot, info }) => [
      info.labels.id ?? `overflow ${info.labels.overflow}`,
      columns.values[slot] ?? Number.NaN,
    ]),
  );
}

describe("more label sets than there is room for", () => {
  it("keeps as many as may be, without an overflow series at the limit", () => {
    const { feed, reports, stats } = metricsFeed({ maxLabelSets: 3 });
    feed.addSource(() => labelled(3, "counter", (n) => n));
    feed.start(() => {});
    expect(live(feed)).toEqual({ 0: 0, 1: 1, 2: 2 });
    expect([reports, stats.samplesOverflowed, feed.overflowing()]).toEqual([[], 0, []]);
  });

  it("adds one past the limit, and all others, to the overflow series of a counter", () => {
    const { clock, feed, reports, stats } = metricsFeed({ maxLabelSets: 3 });
    let count = 4;
    let more = 0;
    feed.addSource(() => labelled(count, "counter", (n) => n + more));
    feed.start(() => {});
    expect(live(feed)).toEqual({ 0: 0, 1: 1, 2: 2, "overflow true": 3 });
    expect(reports).toEqual([
      {
        code: "MC_SERIES_LIMIT",
        details: { channel: "metrics", metric: "m", limit: "maxLabelSets", samples: 1 },
      },
    ]);
    expect([stats.samplesOverflowed, feed.overflowing()]).toEqual([1, ["m"]]);
    count = 5;
    more = 10;
    clock.advance(1_000);
    expect(live(feed)).toEqual({ 0: 10, 1: 11, 2: 12, "overflow true": 13 + 14 });
    // One of them leaves: what it has counted stays.
    count = 4;
    clock.advance(1_000);
    expect(live(feed)["overflow true"]).toBe(27);
    more = 12;
    clock.advance(1_000);
    expect(live(feed)["overflow true"]).toBe(29);
  });

  it("counts nothing in the overflow series of what is no finite number", () => {
    const { clock, feed } = metricsFeed({ maxLabelSets: 1 });
    let odd = Number.NaN;
    feed.addSource(() => labelled(3, "counter", (n) => (n === 2 ? odd : 5)));
    feed.start(() => {});
    expect(live(feed)).toEqual({ 0: 5, "overflow true": 5 });
    odd = Number.POSITIVE_INFINITY;
    clock.advance(1_000);
    odd = 1;
    clock.advance(1_000);
    expect(live(feed)).toEqual({ 0: 5, "overflow true": 6 });
  });

  it("does not count again what a source had counted before it failed", () => {
    const { clock, feed } = metricsFeed({ maxLabelSets: 1 });
    let fails = false;
    feed.addSource(() => {
      if (fails) throw new Error("no");
      return labelled(2, "counter", () => 5);
    });
    feed.addSource(() => [{ name: "m", value: 100, kind: "counter", labels: { id: "other" } }]);
    feed.start(() => {});
    expect(live(feed)).toEqual({ 0: 5, "overflow true": 105 });
    fails = true;
    clock.advance(1_000);
    fails = false;
    clock.advance(1_000);
    expect(live(feed)).toEqual({ 0: 5, "overflow true": 105 });
  });

  it("shows count, min and max of gauges, of this tick alone", () => {
    const { clock, feed } = metricsFeed({ maxLabelSets: 2 });
    let values = [1, 2, 9, Number.NaN, -4];
    feed.addSource(() => labelled(values.length, "gauge", (n) => values[n] ?? 0));
    feed.start(() => {});
    expect(live(feed)).toEqual({ 0: 1, 1: 2, "overflow count": 3, "overflow min": -4, "overflow max": 9 });
    values = [1, 2, 7];
    clock.advance(1_000);
    expect(live(feed)).toEqual({ 0: 1, 1: 2, "overflow count": 1, "overflow min": 7, "overflow max": 7 });
    values = [1, 2];
    clock.advance(1_000);
    expect(live(feed)).toEqual({ 0: 1, 1: 2 });
  });

  it("adds histograms bucket by bucket where their bounds agree", () => {
    const { feed, stats } = metricsFeed({ maxLabelSets: 1 });
    const histogram = (id: string, bounds: number[], counts: number[]) => ({
      name: "m",
      labels: { id },
      value: { bounds, counts, sum: 1, count: counts.reduce((a, b) => a + b, 0) },
    });
    feed.addSource(() => [
      histogram("a", [1], [1, 1]),
      histogram("b", [1], [2, 3]),
      histogram("c", [1], [4, 5]),
      histogram("d", [2], [7, 7]),
    ]);
    feed.start(() => {});
    const overflow = feed.columns.series.find(({ info }) => info.labels.overflow === "true");
    const at = overflow?.slot ?? 0;
    expect([...feed.columns.values.subarray(at, at + 3)]).toEqual([6, 8, 2]);
    expect(stats.samplesOverflowed).toBe(3);
  });

  it("counts slots, a histogram's all, up to the process' limit, and names the limit one past it", () => {
    const { feed, reports, budget } = metricsFeed({ maxSeries: 5 });
    const value = { bounds: [1, 2], counts: [0, 0, 0], sum: 0, count: 0 };
    feed.addSource(() => [
      { name: "h", value },
      { name: "a", value: 1 },
    ]);
    feed.start(() => {});
    expect([budget.used, reports]).toEqual([5, []]);
    const next = metricsFeed({ maxSeries: 5 });
    next.feed.addSource(() => ({ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 }));
    next.feed.start(() => {});
    expect(next.budget.used).toBe(5);
    expect(next.feed.columns.series.length).toBe(5);
    expect(next.reports[0]).toMatchObject({
      code: "MC_SERIES_LIMIT",
      details: { metric: "f", limit: "maxSeries" },
    });
  });

  it("refuses new series while the memory budget says so, and keeps the old ones", () => {
    const { clock, feed, reports, budget } = metricsFeed();
    let count = 1;
    feed.addSource(() => labelled(count, "counter", () => 1));
    feed.start(() => {});
    budget.refuse = true;
    count = 2;
    clock.advance(1_000);
    expect(live(feed)).toEqual({ 0: 1, "overflow true": 1 });
    expect(reports.map(({ code }) => code)).toEqual(["MC_MEMORY_BUDGET"]);
    budget.refuse = false;
    clock.advance(1_000);
    expect(live(feed)).toEqual({ 0: 1, 1: 1 });
  });

  it("gives slots back ten minutes after a series left, not before, and takes them again when it comes back", () => {
    const { clock, feed, budget } = metricsFeed();
    let given = true;
    feed.addSource(() => (given ? { a: 1, b: 1 } : { a: 1 }));
    feed.start(() => {});
    given = false;
    clock.advance(599_000);
    expect(budget.used).toBe(2);
    clock.advance(62_000);
    expect(budget.used).toBe(1);
    given = true;
    clock.advance(1_000);
    expect(budget.used).toBe(2);
    expect(feed.columns.series.map(({ info }) => info.name)).toEqual(["a", "b"]);
    expect(feed.columns.states[1]).toBe(seriesState.live);
  });

  it("makes room for new label sets as old ones leave for good, without ever growing past ten times the limit", () => {
    const { clock, feed, budget } = metricsFeed({ maxSeries: 10, maxLabelSets: 10 });
    let round = 0;
    feed.addSource(() => [{ name: "m", value: round, labels: { id: String(Math.floor(round++ / 100)) } }]);
    feed.start(() => {});
    clock.advance(50_000_000);
    expect(round).toBe(50_001);
    // A hundred named series, and the three of the overflow.
    expect(feed.columns.series.length).toBe(103);
    expect(budget.used).toBeLessThanOrEqual(10);
  });

  it("hides nothing where the host uses the overflow's own labels", () => {
    const { feed } = metricsFeed({ maxLabelSets: 1 });
    feed.addSource(() => [
      { name: "m", value: 1, kind: "counter", labels: { overflow: "true" } },
      { name: "m", value: 5, kind: "counter", labels: { id: "a" } },
    ]);
    feed.start(() => {});
    expect(live(feed)).toEqual({ "overflow true": 1 });
  });
});

/** Bytes that are left after garbage is collected: what is not yet collected says nothing. */
function heapKept(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

describe("a million label sets", () => {
  it("cost a bounded time and memory, tick after tick, and leave every other source alone", () => {
    const { clock, feed, stats, budget, reports } = metricsFeed();
    let pulled = 0;
    let quick = 0;
    feed.addSource({
      name: "explosive",
      *read() {
        for (const sample of labelled(1_000_000, "counter", () => 1)) {
          pulled += 1;
          yield sample;
        }
      },
    });
    feed.addSource(() => ({ quick: ++quick }));
    feed.start(() => {});
    const before = heapKept();
    clock.advance(20_000);
    expect(pulled / 21).toBeLessThanOrEqual(20_001);
    expect(quick).toBe(21);
    expect(budget.used).toBe(1_001);
    expect(feed.columns.series.length).toBe(1_002);
    expect(feed.overflowing()).toEqual(["m"]);
    expect(feed.rejected.get("too_many")).toBe(21);
    expect(stats.samplesOverflowed).toBe(21 * 19_000);
    expect(reports.map(({ code }) => code)).toContain("MC_SERIES_LIMIT");
    expect(heapKept() - before).toBeLessThan(5 * 1_024 * 1_024);
  });

  it("that are new at every tick do not grow the catalogue", () => {
    const { clock, feed, budget } = metricsFeed();
    let round = 0;
    feed.addSource(function* () {
      round += 1;
      for (let n = 0; n < 2_000; n += 1) yield { name: "m", value: 1, labels: { id: `${round}-${n}` } };
    });
    feed.start(() => {});
    clock.advance(100_000);
    expect(budget.used).toBe(1_000);
    expect(feed.columns.series.length).toBe(1_003);
  });

  it("under a million names are counted, and make no series of their own", () => {
    const { feed, stats, budget } = metricsFeed({ maxSeries: 100 });
    feed.addSource(function* () {
      for (let n = 0; n < 1_000_000; n += 1) yield { name: `m${n}`, value: 1 };
    });
    feed.start(() => {});
    expect([budget.used, feed.columns.series.length, stats.samplesOverflowed]).toEqual([100, 100, 100]);
  });

  it("keep the series that were not reached stale, not absent", () => {
    const { clock, feed } = metricsFeed({ maxSeries: 5 });
    let order = [0, 1, 2];
    feed.addSource(function* () {
      for (const n of order) yield { name: "m", value: n, labels: { id: String(n) } };
    });
    feed.start(() => {});
    order = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2];
    clock.advance(1_000);
    expect([...feed.columns.states.subarray(0, 3)]).toEqual([
      seriesState.live,
      seriesState.stale,
      seriesState.stale,
    ]);
    expect(feed.columns.staleCause(1)).toBe("limit");
  });
});
