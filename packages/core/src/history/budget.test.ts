import { describe, expect, it } from "vitest";
import { MemoryBudget } from "./budget.js";
import { ChannelHistory } from "./channel-history.js";
import { type Cell, gauge, noise, TestFeed } from "./testing/test-feed.js";

describe("MemoryBudget", () => {
  it("gives out what is there and takes it back", () => {
    const budget = new MemoryBudget(100);
    expect(budget.tryTake(60)).toBe(true);
    expect(budget.tryTake(41)).toBe(false);
    expect(budget.tryTake(40)).toBe(true);
    budget.give(100);
    expect(budget.usedBytes).toBe(0);
  });

  it("drops the piece with the highest rank, over all holders", () => {
    const budget = new MemoryBudget(100);
    const dropped: string[] = [];
    for (const [name, ranks] of [
      ["a", [5, 3]],
      ["b", [4, 1]],
    ] as const) {
      const left = [...ranks];
      budget.join({
        victim: () => {
          const rank = left[0];
          if (rank === undefined) return undefined;
          const drop = (): void => {
            left.shift();
            dropped.push(`${name}${rank}`);
            budget.give(20);
          };
          return { rank, drop };
        },
        lastVictim: () => undefined,
      });
    }
    budget.take(100);
    expect(budget.tryTake(60)).toBe(true);
    expect(dropped).toEqual(["a5", "b4", "a3"]);
    expect(budget.evictions).toBe(3);
    expect(budget.usedBytes).toBe(100);
  });

  it("says once that it is exhausted, and once that it no longer is", () => {
    const said: boolean[] = [];
    const budget = new MemoryBudget(100, (exhausted) => said.push(exhausted));
    budget.tryTake(90);
    budget.tryTake(20);
    budget.tryTake(20);
    expect(said).toEqual([true]);
    budget.give(4);
    expect(budget.exhausted).toBe(true);
    budget.give(2);
    expect(said).toEqual([true, false]);
  });

  it("touches what should be kept only as a last resort, and never for what cannot fit", () => {
    const budget = new MemoryBudget(100);
    let dropped = 0;
    budget.take(100);
    budget.join({
      victim: () => undefined,
      lastVictim: () => ({
        rank: 1,
        drop: () => {
          dropped += 1;
          budget.give(50);
        },
      }),
    });
    expect(budget.tryTake(50)).toBe(false);
    expect(budget.tryTake(101, true)).toBe(false);
    expect(dropped).toBe(0);
    expect(budget.tryTake(50, true)).toBe(true);
    expect(dropped).toBe(1);
  });
});

describe("channels under one budget", () => {
  function channel(budget: MemoryBudget, name: string, series: number) {
    const feed = new TestFeed(Array.from({ length: series }, (_, index) => gauge(`${name}${index}`)));
    const history = new ChannelHistory({
      intervalMs: 1_000,
      retentionMs: 14_400_000,
      tierSteps: [10, 60],
      budget,
    });
    const cells = (tick: number): Cell[] => feed.series.map(({ index }) => noise(tick, index));
    return { history, append: (tick: number) => history.append(feed.batch(tick, cells(tick))) };
  }

  it("share it: finer levels give way first, the coarsest keeps its age, none goes altogether", () => {
    const budget = new MemoryBudget(1_200_000);
    const [wide, narrow] = [channel(budget, "w", 60), channel(budget, "n", 20)];
    for (let tick = 1; tick <= 14_400; tick += 1) {
      wide.append(tick);
      narrow.append(tick);
    }
    expect(budget.usedBytes).toBeLessThanOrEqual(1_200_000);
    expect(budget.exhausted).toBe(false);
    for (const { history } of [wide, narrow]) {
      const [raw = 0, ten = 0, sixty = 0] = [1, 10, 60].map((step) => history.oldestTick(step));
      expect(sixty).toBe(1);
      expect(ten).toBeGreaterThan(1);
      expect(raw).toBeGreaterThan(ten);
      expect(raw).toBeLessThan(14_400 - 900);
    }
  });

  it("records no new series once it is exhausted, and says so", () => {
    const said: boolean[] = [];
    const budget = new MemoryBudget(60_000, (exhausted) => said.push(exhausted));
    const feed = new TestFeed([gauge("first")]);
    const history = new ChannelHistory({
      intervalMs: 1_000,
      retentionMs: 3_600_000,
      tierSteps: [10, 60],
      budget,
    });
    for (let tick = 1; tick <= 400; tick += 1) {
      for (let more = 0; more < 3; more += 1) feed.add(gauge(`g${tick}-${more}`), tick);
      history.append(
        feed.batch(
          tick,
          feed.series.map(() => tick),
        ),
      );
      expect(budget.usedBytes).toBeLessThanOrEqual(60_000);
    }
    expect(said).toContain(true);
    const block = history.query({ series: feed.series, fromTick: 399, toTick: 400, stepTicks: 1 });
    expect(block.series[0]?.count[0]).toBe(1);
    expect(block.series.at(-1)?.count[0]).toBe(0);
  });
});
