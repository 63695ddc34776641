import { isGaugeColumn } from "@metricast/protocol";
import { describe, expect, it } from "vitest";
import { MemoryBudget } from "./budget.js";
import { ChannelHistory } from "./channel-history.js";
import type { SealedBlock } from "./sealed.js";
import { differences } from "./testing/naive-model.js";
import { type Cell, counter, gauge, histogram, TestFeed } from "./testing/test-feed.js";

const megabyte = 1_048_576;

interface Setup {
  tierSteps?: number[];
  retentionTicks?: number;
  limitBytes?: number;
  onSeal?: (block: SealedBlock) => void;
}

function setUp(
  feed: TestFeed,
  { tierSteps = [10, 60], retentionTicks = 86_400, limitBytes = 64 * megabyte, onSeal }: Setup = {},
) {
  const budget = new MemoryBudget(limitBytes);
  const history = new ChannelHistory({
    intervalMs: 1_000,
    retentionMs: retentionTicks * 1_000,
    tierSteps,
    budget,
    ...(onSeal === undefined ? {} : { onSeal }),
  });
  const append = (tick: number, ...cells: Cell[]): void => history.append(feed.batch(tick, cells));
  const query = (fromTick: number, toTick: number, stepTicks = 1) =>
    history.query({ series: feed.series, fromTick, toTick, stepTicks });
  return { budget, history, append, query };
}

function increases(block: ReturnType<ChannelHistory["query"]>, series = 0, slot = 0): number[] {
  const column = block.series[series]?.columns[slot];
  if (column === undefined || isGaugeColumn(column)) throw new Error("no counter");
  return [...column.increase];
}

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

describe("levels", () => {
  function fill(setup: Setup, ticks: number, series = 100) {
    const feed = new TestFeed(Array.from({ length: series }, (_, index) => gauge(`g${index}`)));
    const all = setUp(feed, setup);
    for (let tick = 1; tick <= ticks; tick += 1) {
      all.append(tick, ...feed.series.map(({ index }) => ((tick * 7 + index) % 101) - 50));
    }
    return { feed, ...all };
  }

  it("answers from tiers what is no longer held tick by tick", () => {
    const { feed, history, query } = fill({ limitBytes: 2 * megabyte }, 7_200);
    const oldest = history.oldestTick(1) ?? 0;
    expect(oldest).toBeGreaterThan(1_000);
    expect(history.oldestTick(60)).toBe(1);
    const some = feed.series.slice(0, 5);
    const block = history.query({ series: some, fromTick: 0, toTick: 7_200, stepTicks: 60 });
    expect(differences(feed, some, block)).toEqual([]);
    expect(query(oldest - 1, 7_200).series[0]?.count.every((count) => count === 1)).toBe(true);
  });

  it("puts a coarser point at its bucket's end where nothing finer is left", () => {
    const { history, feed } = fill({ limitBytes: 2 * megabyte }, 7_200);
    const block = history.query({
      series: feed.series.slice(0, 1),
      fromTick: 0,
      toTick: 7_200,
      stepTicks: 1,
    });
    const count = block.series[0]?.count ?? new Float64Array(0);
    expect([...count.slice(0, 61)]).toEqual([...Array.from({ length: 59 }, () => 0), 60, 0]);
    expect(count.reduce((sum, one) => sum + one)).toBe(7_200);
  });

  it("chooses a step that the whole range can serve", () => {
    const { history } = fill({ limitBytes: 2 * megabyte }, 7_200);
    const rawFrom = history.oldestTick(1) ?? 0;
    expect(history.stepFor(rawFrom - 1, 7_200, 100_000)).toBe(1);
    expect(history.stepFor(0, 7_200, 100_000) % 60).toBe(0);
    expect(history.stepFor(rawFrom - 1, rawFrom + 29, 10)).toBe(3);
    expect(history.stepFor(0, 7_200, 30)).toBe(240);
    expect(history.stepFor(-5_000, 7_200, 100_000) % 60).toBe(0);
  });

  it("lets go of what is older than its retention", () => {
    const { history, budget } = fill({ retentionTicks: 600 }, 2_000, 3);
    const settled = budget.usedBytes;
    expect(history.oldestTick(1)).toBeGreaterThan(2_000 - 600 - 120);
    expect(history.oldestTick(1)).toBeLessThanOrEqual(2_000 - 600 + 1);
    expect(history.oldestTick(60)).toBeGreaterThan(2_000 - 600 - 600);
    expect(history.bytes).toBe(settled);
  });

  it("gives all memory back when it is closed", () => {
    const { history, budget } = fill({}, 500);
    expect(history.bytes).toBe(budget.usedBytes);
    history.close();
    expect(budget.usedBytes).toBe(0);
  });
});

describe("series that come and go", () => {
  it("do not pile up, and come back where they stood", () => {
    const feed = new TestFeed([counter("steady"), counter("back")], 1);
    const { append, history, query } = setUp(feed);
    const born = new Map<number, number>();
    for (let tick = 1; tick <= 3_000; tick += 1) {
      // Forty series live for 240 ticks, then forty others.
      if (tick % 240 === 1) {
        for (let index = 0; index < 40; index += 1)
          born.set(feed.add(histogram(`h${tick}-${index}`, [1]), tick).index, tick);
      }
      append(
        tick,
        ...feed.series.map(({ index }): Cell => {
          if (index === 0) return tick;
          if (index === 1) return tick <= 100 || tick > 2_900 ? tick : "absent";
          const age = tick - (born.get(index) ?? 0);
          return age < 240 ? [age, 1, age] : "absent";
        }),
      );
    }
    // 120 live slots at a time: some 1.1 kB a tick with tiers, against ten times that had every dead series been kept.
    expect(history.bytes).toBeLessThan(3_000 * 2_500);
    expect(increases(query(2_899, 2_902), 1)).toEqual([0, 2_801, 1]);
    const sample = feed.series.filter(({ index }) => index % 37 < 2);
    const block = history.query({ series: sample, fromTick: 0, toTick: 3_000, stepTicks: 60 });
    expect(differences(feed, sample, block)).toEqual([]);
  });
});

describe("sealed segments", () => {
  it("are handed out once, in order, and can be read later", () => {
    const feed = new TestFeed([gauge("g"), counter("c")]);
    const sealed: SealedBlock[] = [];
    const { append, history } = setUp(feed, { onSeal: (block) => sealed.push(block), retentionTicks: 960 });
    for (let tick = 1; tick <= 1_500; tick += 1) if (tick % 50 !== 0) append(tick, tick % 13, tick);
    history.close();
    const raw = sealed.filter(({ stepTicks }) => stepTicks === 1);
    expect(raw.map(({ fromTick, toTick }) => [fromTick, toTick]).slice(0, 3)).toEqual([
      [0, 120],
      [120, 240],
      [240, 360],
    ]);
    expect(raw).toHaveLength(12);
    expect(new Set(sealed.map(({ stepTicks }) => stepTicks))).toEqual(new Set([1, 10, 60]));
    for (const block of sealed) {
      const read = block.read();
      expect(read).toMatchObject({
        fromTick: block.fromTick,
        toTick: block.toTick,
        stepTicks: block.stepTicks,
      });
      expect(differences(feed, feed.series, read)).toEqual([]);
    }
    expect(raw[0]?.read().gaps).toEqual([
      { fromTick: 49, toTick: 50 },
      { fromTick: 99, toTick: 100 },
    ]);
  });
});
