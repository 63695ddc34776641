import { describe, expect, it } from "vitest";
import type { SealedBlock } from "./sealed.js";
import { differences } from "./testing/naive-model.js";
import { increases, type Setup, setUp } from "./testing/set-up.js";
import { type Cell, counter, gauge, histogram, noise, TestFeed } from "./testing/test-feed.js";

describe("levels", () => {
  function fill(setup: Setup, ticks: number, series = 100) {
    const feed = new TestFeed(Array.from({ length: series }, (_, index) => gauge(`g${index}`)));
    const all = setUp(feed, setup);
    for (let tick = 1; tick <= ticks; tick += 1) {
      all.append(tick, ...feed.series.map(({ index }) => noise(tick, index)));
    }
    return { feed, ...all };
  }

  it("answers from tiers what is no longer held tick by tick", () => {
    const { feed, history, query } = fill({ limitBytes: 700_000 }, 7_200);
    const oldest = history.oldestTick(1) ?? 0;
    expect(oldest).toBeGreaterThan(1_000);
    expect(history.oldestTick(60)).toBe(1);
    const some = feed.series.slice(0, 5);
    const block = history.query({ series: some, fromTick: 0, toTick: 7_200, stepTicks: 60 });
    expect(differences(feed, some, block)).toEqual([]);
    expect(query(oldest - 1, 7_200).series[0]?.count.every((count) => count === 1)).toBe(true);
  });

  it("puts a coarser point at its bucket's end where nothing finer is left", () => {
    const { history, feed } = fill({ limitBytes: 700_000 }, 7_200);
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
    const { history } = fill({ limitBytes: 700_000 }, 7_200);
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
    expect(raw).toHaveLength(13);
    // What was being written goes as it is.
    expect(raw.at(-1)).toMatchObject({ fromTick: 1_440, toTick: 1_499 });
    expect(new Set(sealed.map(({ stepTicks }) => stepTicks))).toEqual(new Set([1, 60]));
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
