import type { Aggregator, SeriesInfo } from "@metricast/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Series } from "../contracts/feed.js";
import { MemoryBudget } from "../history/budget.js";
import { ChannelHistory } from "../history/channel-history.js";
import { SeriesNames } from "../history/series-names.js";
import { type Cell, counter, gauge, TestFeed } from "../history/testing/test-feed.js";
import { type HistoryPart, MergedHistory } from "./merged-history.js";

/** One instance's history, filled from plain rows. */
class Writer implements HistoryPart {
  readonly name: string;
  readonly history = new ChannelHistory({
    intervalMs: 1_000,
    retentionMs: 1e9,
    tierSteps: [10, 60],
    budget: new MemoryBudget(1e8),
  });
  readonly #feed: TestFeed;
  readonly #names: SeriesNames;
  lostAfter = Number.NEGATIVE_INFINITY;

  constructor(name: string, infos: readonly SeriesInfo[], names: SeriesNames) {
    this.name = name;
    this.#names = names;
    this.#feed = new TestFeed(infos);
  }

  get series(): readonly Series[] {
    return this.#feed.series;
  }

  seriesOf(key: string): Series | undefined {
    return this.series.find(({ info }) => this.#names.keyOf(info) === key);
  }

  hasLost(afterTick: number): boolean {
    return this.lostAfter > afterTick;
  }

  tick(tick: number, cells: readonly Cell[]): void {
    this.history.append(this.#feed.batch(tick, cells));
  }
}

const withAggregator = (name: string, aggregator: Aggregator): SeriesInfo => ({ ...gauge(name), aggregator });
const infos = [gauge("sum"), withAggregator("avg", "average"), withAggregator("max", "max"), counter("c")];
const merged: Series[] = infos.map((info, index) => ({ index, slot: index, width: 1, info, bornTick: 0 }));

function start(
  orders: readonly (readonly number[])[] = [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
  ],
) {
  const names = new SeriesNames();
  const writers = orders.map((order, k) => {
    const own = order.flatMap((at) => infos[at] ?? []);
    return new Writer(`web-${k}`, own, names);
  });
  const history = new MergedHistory({
    names,
    parts: () => writers,
    sourceOf: ({ info }) => info,
    totalsAt: (_, tick) => (tick === 1_000 ? Float64Array.of(500) : undefined),
  });
  const read = (fromTick: number, toTick: number, stepTicks: number) =>
    history.query({ series: merged, fromTick, toTick, stepTicks });
  const [one, two] = writers;
  if (!one || !two) throw new Error("two at least");
  return { writers, one, two, history, read };
}

describe("points of a tick", () => {
  test("are what the instances had at it, by the aggregator of each", () => {
    const { one, two, read } = start();
    one.tick(1, [1, 1, 1, 10]);
    two.tick(1, [100, 5, 5, 5]);
    one.tick(2, [2, 2, 2, 13]);
    two.tick(2, [104, 3, 4, Number.NaN]);
    one.tick(3, [3, 3, 3, 13]);
    const { series, gaps } = read(0, 3, 1);
    const lasts = (at: number) => series[at]?.columns[0]?.last;
    expect(lasts(0)).toEqual(Float64Array.of(6, 2, 3));
    expect(lasts(1)).toEqual(Float64Array.of(3, 3, 3));
    expect(lasts(2)).toEqual(Float64Array.of(5, 3, 3));
    const [column] = series[3]?.columns ?? [];
    expect(column && "increase" in column && column.increase).toEqual(Float64Array.of(Number.NaN, 7, 0));
    expect(gaps).toEqual([]);
  });

  test("have a gap only where nobody sampled", () => {
    const { one, two, read } = start();
    one.tick(1, [1, 1, 1, 1]);
    one.tick(5, [1, 1, 1, 1]);
    two.tick(3, [1, 1, 1, 1]);
    two.tick(9, [1, 1, 1, 1]);
    expect(read(0, 12, 1).gaps).toEqual([
      { fromTick: 1, toTick: 2 },
      { fromTick: 3, toTick: 4 },
      { fromTick: 5, toTick: 8 },
      { fromTick: 9, toTick: 12 },
    ]);
  });

  test("of a counter lead to where it stands at the newest tick", () => {
    const { one, read } = start();
    for (let tick = 997; tick <= 1_000; tick += 1) one.tick(tick, [1, 1, 1, tick * 2]);
    expect(read(996, 1_000, 1).series[3]?.columns[0]?.last).toEqual(Float64Array.of(494, 496, 498, 500));
    expect(read(996, 999, 1).series[3]?.columns[0]?.last).toEqual(Float64Array.of(0, 2, 4));
  });
});

test("points of several ticks are exact where ticks can be read: they may come together in none", () => {
  const { one, two, read } = start();
  for (let tick = 1; tick <= 20; tick += 1) {
    one.tick(tick, [tick, tick, tick, tick]);
    two.tick(tick, [2 * tick, -tick, -tick, -tick]);
  }
  const [column] = read(0, 20, 10).series[0]?.columns ?? [];
  if (!column || !("min" in column)) throw new Error("a gauge");
  expect(column.min).toEqual(Float64Array.of(0, 0));
  expect(column.max).toEqual(Float64Array.of(0, 0));
});

test("what is too much to read tick by tick has bounds that no spike is outside of", () => {
  const { one, two, history } = start();
  for (let tick = 1; tick <= 120; tick += 1) {
    one.tick(tick, [tick % 7, 1, 1, tick]);
    two.tick(tick, [2 * tick, 1, 1, tick % 5]);
  }
  // The same series again and again: more than is read tick by tick.
  const series = Array.from({ length: 1_000 }, () => merged).flat();
  const coarse = history.query({ series, fromTick: 0, toTick: 120, stepTicks: 60 });
  const exact = history.query({ series: merged, fromTick: 0, toTick: 120, stepTicks: 60 });
  const [bound, truth] = [coarse.series[0]?.columns[0], exact.series[0]?.columns[0]];
  if (!bound || !truth || !("min" in bound) || !("min" in truth)) throw new Error("gauges");
  for (const point of [0, 1]) {
    expect(bound.min[point]).toBeLessThanOrEqual(truth.min[point] ?? Number.NaN);
    expect(bound.max[point]).toBeGreaterThanOrEqual(truth.max[point] ?? Number.NaN);
    expect(bound.last[point]).toBe(truth.last[point]);
    expect(bound.sum[point]).toBeCloseTo(truth.sum[point] ?? Number.NaN, 6);
  }
  // From what counters counted before the first point nobody knows.
  const increases = [coarse, exact].map(({ series: [, , , one] }) => {
    const [column] = one?.columns ?? [];
    return column && "increase" in column ? column.increase[1] : undefined;
  });
  expect(increases[0]).toBe(increases[1]);
});

describe("what is held", () => {
  test("is what every instance holds that had anything then", () => {
    const { one, two, history } = start();
    for (let tick = 1; tick <= 100; tick += 1) one.tick(tick, [1, 1, 1, 1]);
    for (let tick = 60; tick <= 100; tick += 1) two.tick(tick, [1, 1, 1, 1]);
    expect(history.holds(0, 1)).toBe(true);
    two.lostAfter = 70;
    expect([history.holds(69, 1), history.holds(70, 1)]).toEqual([false, true]);
    expect(history.oldestTick(1)).toBe(1);
  });

  test.each([10, 37, 100, 600])("has a step of at most %d points that divides nothing", (points) => {
    const { one, two, history } = start();
    for (let tick = 1; tick <= 600; tick += 1) {
      one.tick(tick, [1, 1, 1, 1]);
      if (tick > 450) two.tick(tick, [1, 1, 1, 1]);
    }
    const step = history.stepFor(0, 600, points);
    expect(600 / step).toBeLessThanOrEqual(points);
    expect(step).toBeLessThanOrEqual(Math.max(1, (600 / points) * 2));
  });
});

test("whatever instances had at whatever ticks, points are what a naive model says", () => {
  const rows = fc.array(
    fc.record({
      writer: fc.nat({ max: 2 }),
      tick: fc.integer({ min: 1, max: 30 }),
      cells: fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant<Cell>("absent")), {
        minLength: 4,
        maxLength: 4,
      }),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(rows, fc.constantFrom(1, 5, 10), (given, stepTicks) => {
      const { writers, read } = start([
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [1, 3, 0, 2],
      ]);
      const orders = [
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [1, 3, 0, 2],
      ];
      const held = new Map<string, Cell>();
      const counters: { last: number; increases: Map<number, number> }[] = [];
      for (const { writer, tick, cells } of [...given].sort((a, b) => a.tick - b.tick)) {
        const target = writers[writer];
        const order = orders[writer] ?? [];
        if (!target || (target.history.headTick ?? 0) >= tick) continue;
        target.tick(tick, cells);
        for (const [k, at] of order.entries()) held.set(`${writer} ${at} ${tick}`, cells[k] ?? "absent");
        const value = cells[order.indexOf(3)];
        if (typeof value !== "number") continue;
        const before = counters[writer] ?? { last: Number.NaN, increases: new Map() };
        const increase = value < before.last ? value : value - before.last;
        if (!Number.isNaN(increase)) before.increases.set(tick, increase);
        counters[writer] = { ...before, last: value };
      }
      const block = read(0, 30, stepTicks);
      for (let point = 0; point < 30 / stepTicks; point += 1) {
        const ticks = Array.from({ length: stepTicks }, (_, k) => point * stepTicks + k + 1);
        const sums = ticks.flatMap((tick) => {
          const values = [0, 1, 2].flatMap((writer) => {
            const cell = held.get(`${writer} 0 ${tick}`);
            return typeof cell === "number" ? [cell] : [];
          });
          return values.length === 0 ? [] : [values.reduce((sum, value) => sum + value)];
        });
        const [gaugeColumn] = block.series[0]?.columns ?? [];
        expect(block.series[0]?.count[point]).toBe(sums.length);
        if (sums.length > 0 && gaugeColumn && "min" in gaugeColumn) {
          expect(gaugeColumn.min[point]).toBe(Math.min(...sums));
          expect(gaugeColumn.max[point]).toBe(Math.max(...sums));
          expect(gaugeColumn.last[point]).toBe(sums.at(-1));
        }
        const increases = ticks.flatMap((tick) =>
          counters.flatMap(({ increases: own } = { last: 0, increases: new Map() }) => own.get(tick) ?? []),
        );
        const [counterColumn] = block.series[3]?.columns ?? [];
        // Of one instance alone points are as its own history has them: from what a bucket grew it may not know.
        const isOne = writers.filter(({ history }) => history.headTick !== undefined).length < 2;
        if (isOne && stepTicks > 1) continue;
        if (increases.length > 0 && counterColumn && "increase" in counterColumn)
          expect(counterColumn.increase[point]).toBe(increases.reduce((sum, more) => sum + more));
      }
    }),
    { numRuns: 200 },
  );
});
