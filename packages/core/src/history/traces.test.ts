import { loadTrace, type TraceName, traceNames } from "@metricast/testkit";
import { describe, expect, it } from "vitest";
import type { Series } from "../contracts/feed.js";
import { MemoryBudget } from "./budget.js";
import { ChannelHistory } from "./channel-history.js";
import { differences } from "./testing/naive-model.js";
import { type Cell, TestFeed } from "./testing/test-feed.js";

const oddValues = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];
const firstTick = 1_001;

/** Appends a recorded trace, with values that are not finite put in at places that repeat. */
function replay(name: TraceName, limitBytes: number) {
  const trace = loadTrace(name);
  const feed = new TestFeed(trace.series, firstTick);
  const budget = new MemoryBudget(limitBytes);
  const intervalMs = name.endsWith("100ms") ? 100 : 1_000;
  const history = new ChannelHistory({ intervalMs, retentionMs: 86_400_000, tierSteps: [10, 60], budget });
  for (const [row, cells] of trace.rows.entries()) {
    const odd = cells.map((cell, index): Cell => {
      if (cell === null) return "absent";
      const at = row * 31 + index * 17;
      return at % 997 === 0 ? (oddValues[at % oddValues.length] ?? cell) : cell;
    });
    history.append(feed.batch(firstTick + row, odd));
  }
  return { feed, history, head: firstTick + trace.rows.length - 1 };
}

function sampleOf(feed: TestFeed): Series[] {
  return feed.series.filter(({ index }) => index % 13 === 0);
}

/** Sums of fractions and totals after a reset may differ in their last digits, by the order of adding. */
function near(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1);
}

describe.each(traceNames)("the trace %s", (name) => {
  const { feed, history, head } = replay(name, 64 * 1_048_576);

  it("comes back bit by bit", () => {
    const block = history.query({ series: feed.series, fromTick: firstTick - 1, toTick: head, stepTicks: 1 });
    let wrong = 0;
    let absent = 0;
    for (const [row, { cells }] of feed.rows.entries()) {
      for (const [index, cell] of cells.entries()) {
        const given = block.series[index];
        const count = typeof cell === "string" ? 0 : 1;
        if (count === 0) absent += 1;
        if (given?.count[row] !== count) wrong += 1;
        else if (count === 1 && !Object.is(given.columns[0]?.last[row], cell)) wrong += 1;
      }
    }
    expect(wrong).toBe(0);
    expect(absent > 0).toBe(name.endsWith("100ms"));
  });

  it.each([1, 7, 10, 60, 120])("has the points of the naive model at a step of %i", (stepTicks) => {
    const series = sampleOf(feed);
    const fromTick = Math.floor((firstTick - 1) / stepTicks) * stepTicks;
    const block = history.query({ series, fromTick, toTick: head, stepTicks });
    expect(differences(feed, series, block, near)).toEqual([]);
  });
});

describe("the tiers of a trace", () => {
  it("have the points of the naive model where ticks are gone", () => {
    const { feed, history, head } = replay("express-prom-client-self-100ms", 1_700_000);
    const rawFrom = (history.oldestTick(1) ?? 0) - 1;
    expect(rawFrom).toBeGreaterThan(firstTick + 600);
    const series = sampleOf(feed);
    for (const stepTicks of [60, 120]) {
      const fromTick = Math.ceil(((history.oldestTick(60) ?? 0) - 1) / stepTicks) * stepTicks;
      expect(fromTick).toBeLessThan(rawFrom);
      const block = history.query({ series, fromTick, toTick: head, stepTicks });
      expect(differences(feed, series, block, near)).toEqual([]);
    }
  });
});
