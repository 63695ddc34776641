import { describe, expect, it } from "vitest";
import { differences } from "./testing/naive-model.js";
import { increases, setUp } from "./testing/set-up.js";
import { type Cell, counter, gauge, histogram, TestFeed } from "./testing/test-feed.js";

describe("points", () => {
  it("gives every tick back, absence and odd values included", () => {
    const feed = new TestFeed([gauge("g")]);
    const { append, query } = setUp(feed);
    const cells: Cell[] = [
      1,
      Number.NaN,
      "absent",
      -0,
      "stale",
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    for (const [index, cell] of cells.entries()) append(101 + index, cell);
    const block = query(100, 107);
    expect([...(block.series[0]?.count ?? [])]).toEqual([1, 1, 0, 1, 0, 1, 1]);
    expect(differences(feed, feed.series, block)).toEqual([]);
  });

  it("keeps min, max, sum, count and last at a coarser step, skipping NaN in all but last", () => {
    const feed = new TestFeed([gauge("g")]);
    const { append, query } = setUp(feed);
    for (const [index, value] of [5, Number.NaN, -3, 8, Number.NaN].entries()) append(1 + index, value);
    const { count, columns } = query(0, 6, 5).series[0] ?? {};
    expect([...(count ?? [])]).toEqual([5, 0]);
    expect(columns?.[0]).toMatchObject({
      last: expect.objectContaining({ 0: Number.NaN }),
      min: expect.objectContaining({ 0: -3 }),
      max: expect.objectContaining({ 0: 8 }),
      sum: expect.objectContaining({ 0: 10 }),
    });
  });

  it("has NaN in all fields of a point of NaN alone", () => {
    const feed = new TestFeed([gauge("g")]);
    const { append, query } = setUp(feed);
    append(1, Number.NaN);
    append(2, Number.NaN);
    const { columns } = query(0, 2, 2).series[0] ?? {};
    for (const cells of Object.values(columns?.[0] ?? {})) expect([...cells]).toEqual([Number.NaN]);
  });

  it("aligns points at the start of the range and clips the last", () => {
    const feed = new TestFeed([gauge("g")]);
    const { append, query } = setUp(feed);
    for (let tick = 1; tick <= 20; tick += 1) append(tick, tick);
    const block = query(3, 20, 5);
    expect([...(block.series[0]?.count ?? [])]).toEqual([5, 5, 5, 2]);
    expect([...(block.series[0]?.columns[0]?.last ?? [])]).toEqual([8, 13, 18, 20]);
  });

  it("ignores a tick that is not after the head", () => {
    const feed = new TestFeed([gauge("g")]);
    const { append, query, history } = setUp(feed);
    append(5, 1);
    append(5, 2);
    append(4, 3);
    expect(history.headTick).toBe(5);
    expect([...(query(3, 6).series[0]?.columns[0]?.last ?? [])]).toEqual([0, 1, 0]);
  });

  it("gives absent points for a series that it never saw and for an empty history", () => {
    const feed = new TestFeed([gauge("g")]);
    const { query, history } = setUp(feed);
    expect([...(query(0, 3).series[0]?.count ?? [])]).toEqual([0, 0, 0]);
    expect(history.headTick).toBeUndefined();
    expect(history.oldestTick(1)).toBeUndefined();
    expect(history.stepFor(0, 1_000, 100)).toBe(10);
  });
});

describe("counters", () => {
  it("looks up what came before the range", () => {
    const feed = new TestFeed([counter("c")]);
    const { append, query } = setUp(feed);
    for (let tick = 1; tick <= 300; tick += 1) append(tick, tick * 2);
    expect(increases(query(200, 203))).toEqual([2, 2, 2]);
    expect(increases(query(0, 300, 60))).toEqual([Number.NaN, 120, 120, 120, 120]);
  });

  it("counts a reset from zero, also inside a bucket", () => {
    const feed = new TestFeed([counter("c")]);
    const { append, query } = setUp(feed);
    for (const [index, value] of [10, 15, 3, 4, 1].entries()) append(1 + index, value);
    expect(increases(query(1, 5))).toEqual([5, 3, 1, 1]);
    expect(increases(query(1, 5, 4))).toEqual([10]);
  });

  it("counts from zero for a series born after the first tick, and not for one that was there", () => {
    const feed = new TestFeed([counter("old")], 1);
    const { append, query } = setUp(feed);
    append(1, 100);
    append(2, 101);
    feed.add(counter("young"), 3);
    append(3, 102, 7);
    const block = query(0, 3);
    expect(increases(block, 0)).toEqual([Number.NaN, 1, 1]);
    expect(increases(block, 1)).toEqual([0, 0, 7]);
  });

  it("goes on from where a series vanished", () => {
    const feed = new TestFeed([counter("c")]);
    const { append, query } = setUp(feed);
    append(1, 10);
    append(2, "absent");
    append(3, "stale");
    append(4, 25);
    expect(increases(query(3, 4))).toEqual([15]);
  });

  it("adds nothing for a value that is no number, and keeps it as last", () => {
    const feed = new TestFeed([counter("c")]);
    const { append, query } = setUp(feed);
    for (const [index, value] of [1, Number.NaN, Number.POSITIVE_INFINITY, 4].entries())
      append(1 + index, value);
    const block = query(1, 4);
    expect(increases(block)).toEqual([0, 0, 3]);
    expect([...(block.series[0]?.columns[0]?.last ?? [])]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 4]);
  });

  it("gives the plain difference of values where nothing was reset", () => {
    const feed = new TestFeed([counter("c")]);
    const { append, query } = setUp(feed);
    const values = [0.1, 0.2, 0.30000000000000004, 1.1, 36.43482499999997];
    for (const [index, value] of values.entries()) append(1 + index, value);
    expect(increases(query(1, 5, 4))).toEqual([36.43482499999997 - 0.1]);
  });

  it("keeps a histogram's slots as counters of their own", () => {
    const feed = new TestFeed([histogram("h", [1, 2])]);
    const { append, query } = setUp(feed);
    append(1, [1, 0, 0, 0.5]);
    append(2, [3, 1, 0, 4.5]);
    append(3, [0, 1, 0, 1.5]);
    const block = query(1, 3);
    expect([0, 1, 2, 3].map((slot) => increases(block, 0, slot))).toEqual([
      [2, 0],
      [1, 0],
      [0, 0],
      [4, 1.5],
    ]);
  });
});

describe("gaps", () => {
  it("names the ticks that were not sampled, within the range", () => {
    const feed = new TestFeed([gauge("g")]);
    const { append, query } = setUp(feed);
    for (const tick of [10, 11, 15, 16, 30]) append(tick, 1);
    expect(query(5, 30).gaps).toEqual([
      { fromTick: 5, toTick: 9 },
      { fromTick: 11, toTick: 14 },
      { fromTick: 16, toTick: 29 },
    ]);
    expect(query(12, 20).gaps).toEqual([
      { fromTick: 12, toTick: 14 },
      { fromTick: 16, toTick: 20 },
    ]);
    expect(query(14, 16).gaps).toEqual([]);
  });

  it("forgets short ones once only tiers remember their time", () => {
    const feed = new TestFeed([gauge("g")]);
    const { append, history, query } = setUp(feed, { retentionTicks: 240 });
    for (let tick = 1; tick <= 600; tick += tick === 20 ? 3 : tick === 450 ? 30 : 1) append(tick, 1);
    expect(history.oldestTick(1)).toBeGreaterThan(300);
    expect(query(0, 600).gaps).toEqual([{ fromTick: 450, toTick: 479 }]);
  });
});
