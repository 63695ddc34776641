import { describe, expect, test } from "vitest";
import { fakeChannel } from "../sessions/testing/fake-channel.js";

const gauge = { name: "g", labels: {}, kind: "gauge" } as const;

test("a batch is in history before it is encoded", () => {
  const { channel, columns, tick } = fakeChannel();
  columns.add(gauge);
  const coarse = channel.tokens.json(10);
  for (let at = 1; at <= 10; at += 1) tick(at, [at]);
  expect(coarse.tick).toBe(10);
  expect(JSON.parse(coarse.token(0))).toEqual([10, 1, 10, 55, 10]);
});

test("a wish for time between frames is snapped up to a step there is", () => {
  const { channel } = fakeChannel({ intervalMs: 1_000, tierSteps: [10, 60] });
  expect([undefined, 0, 1, 999, 1_000].map((everyMs) => channel.stepFor(everyMs))).toEqual([1, 1, 1, 1, 1]);
  expect([1_001, 10_000, 10_001, 60_000].map((everyMs) => channel.stepFor(everyMs))).toEqual([
    10, 10, 60, 60,
  ]);
  expect([60_001, Number.MAX_SAFE_INTEGER].map((everyMs) => channel.stepFor(everyMs))).toEqual([60, 60]);
});

describe("tokens", () => {
  test("are shared by all views at a step, and know the head from the start", () => {
    const { channel, columns, tick } = fakeChannel();
    columns.add(gauge);
    tick(5, [1]);
    const fine = channel.tokens.json(1);
    expect(channel.tokens.json(1)).toBe(fine);
    expect(fine).toMatchObject({ tick: 5, seriesCount: 1 });
    expect(channel.tokens.json(10)).not.toBe(fine);
    tick(6, [2]);
    expect(fine).toMatchObject({ tick: 6, prev: 5, changed: [0] });
  });

  test("of steps that nobody views are let go", () => {
    const { channel, tick } = fakeChannel();
    const [fine, coarse] = [channel.tokens.json(1), channel.tokens.json(10)];
    channel.tokens.keep(new Set([coarse]));
    tick(1);
    expect(fine.tick).toBeUndefined();
    expect(channel.tokens.json(10)).toBe(coarse);
    expect(channel.tokens.json(1)).not.toBe(fine);
  });
});

test("knows where it began, where it is, and what it holds", () => {
  const { channel, columns, tick } = fakeChannel();
  expect([channel.firstTick, channel.headTick, channel.oldestTick]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  columns.add(gauge);
  for (const at of [7, 8, 12]) tick(at, [at]);
  expect([channel.firstTick, channel.headTick, channel.oldestTick]).toEqual([7, 12, 7]);
  const block = channel.read(columns.series, 6, 12, 1);
  expect([...(block.series[0]?.count ?? [])]).toEqual([1, 1, 0, 0, 0, 1]);
  expect(block.series[0]?.info).toBe(columns.series[0]?.info);
});
