import type { QueryBlock } from "@metricast/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { batchesOf, fitted, QueryDesk, type Wish } from "./query-desk.js";

const wish = (width: number, points = 100): Wish => ({
  options: { select: "a", from: 0, to: 1_000, points },
  width,
  done: vi.fn(),
  failed: vi.fn(),
});
const block = (): QueryBlock => ({
  channel: "metrics",
  intervalMs: 1_000,
  fromTick: 0,
  toTick: 1,
  stepTicks: 1,
  series: [],
  gaps: [],
});

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("wishes of one moment go in one message where one answer has room for them", async () => {
  const ask = vi.fn(async (items: readonly unknown[]) => items.map(block));
  const desk = new QueryDesk(ask);
  const wishes = [wish(1), wish(2), wish(3)];
  for (const one of wishes) desk.want(one);
  await vi.runAllTimersAsync();
  expect(ask).toHaveBeenCalledTimes(1);
  for (const { done } of wishes) expect(done).toHaveBeenCalledTimes(1);
});

test("an answer has room for so many numbers", () => {
  expect(batchesOf([wish(300), wish(300), wish(50), wish(10)]).map(({ length }) => length)).toEqual([1, 3]);
  expect(batchesOf(Array.from({ length: 250 }, () => wish(1, 2))).map(({ length }) => length)).toEqual([
    100, 100, 50,
  ]);
  expect(fitted(wish(400, 1_000)).options.points).toBe(100);
  expect(fitted(wish(1, 1_000)).options.points).toBe(1_000);
});

test("what is too large is asked alone, then with fewer points", async () => {
  const ask = vi.fn(async (items: readonly { points?: number }[]) => {
    if (items.some(({ points = 0 }) => points > 60)) throw { code: "too_large", temporary: false };
    return items.map(block);
  });
  const desk = new QueryDesk(ask);
  const [large, small] = [wish(2, 100), wish(2, 50)];
  desk.want(large);
  desk.want(small);
  await vi.runAllTimersAsync();
  expect(large.done).toHaveBeenCalledTimes(1);
  expect(small.done).toHaveBeenCalledTimes(1);
  expect(large.failed).not.toHaveBeenCalled();
});

test("what is refused only for now is asked again when the server says", async () => {
  const ask = vi.fn(async (items: readonly unknown[]) => items.map(block));
  ask.mockRejectedValueOnce({ code: "rate_limited", temporary: true, retryAfterMs: 5_000 });
  const one = wish(1);
  new QueryDesk(ask).want(one);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ask).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(one.done).toHaveBeenCalledTimes(1);
});

test("what is refused for good is said to have failed", async () => {
  const one = wish(1);
  new QueryDesk(vi.fn().mockRejectedValue({ code: "forbidden", temporary: false })).want(one);
  await vi.runAllTimersAsync();
  expect(one.failed).toHaveBeenCalledTimes(1);
});
