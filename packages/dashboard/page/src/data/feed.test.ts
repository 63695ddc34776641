import type { Columns, Gap, MetricastClient } from "@metricast/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Metric } from "./catalogue.js";
import { Feed } from "./feed.js";
import type { Wish } from "./query-desk.js";

const metric: Metric = {
  id: "metrics/m",
  channel: "metrics",
  name: "m",
  kind: "gauge",
  unit: "",
  help: "",
  intervalMs: 1_000,
  retentionMs: 86_400_000,
  series: [{ name: "m", labels: {}, kind: "gauge" }],
};
const columns = (...times: number[]): Columns => ({ times: Float64Array.from(times), series: [] });

/** A client whose subscriptions hold what the test puts in. */
function stage(instance = "") {
  const held: { columns: Columns; gaps: Gap[] } = { columns: columns(), gaps: [] };
  const listeners = new Map<string, (payload: unknown) => void>();
  const series = {
    columns: () => held.columns,
    latest: () => new Map(),
    get gaps() {
      return held.gaps;
    },
  };
  const subscription = {
    series,
    on: (type: string, listener: (payload: unknown) => void) => listeners.set(type, listener),
    update: vi.fn(),
    close: vi.fn(),
  };
  const subscribe = vi.fn(() => subscription);
  const wishes: Wish[] = [];
  const client: Pick<MetricastClient, "subscribe"> = Object.create({ subscribe });
  const feed = new Feed({
    client,
    queries: { want: (wish) => wishes.push(wish) },
    metric,
    select: ["m"],
    instance,
    onFrame: vi.fn(),
    onQuality: vi.fn(),
  });
  const frame = (timeMs: number, isKeyframe = false) =>
    listeners.get("frame")?.({ timeMs, isKeyframe, missing: [] });
  const refuse = (code: string) => listeners.get("error")?.({ code, temporary: false });
  return { held, subscription, subscribe, wishes, feed, frame, refuse };
}

const span = { fromMs: 0, toMs: 10_000 };
const timesOf = (feed: Feed) => [...(feed.shown(span)?.columns.times ?? [])];

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("a feed", () => {
  test("asks for nothing until somebody looks, and once for the same", () => {
    const { feed, subscribe, subscription } = stage();
    expect(subscribe).not.toHaveBeenCalled();
    feed.follow(300_000, 400);
    feed.follow(300_000, 400);
    expect(subscribe).toHaveBeenCalledTimes(1);
    expect(subscription.update).not.toHaveBeenCalled();
    feed.follow(3_600_000, 400);
    expect(subscription.update).toHaveBeenCalledWith({ everyMs: 2_400, sinceMs: 3_600_000, points: 400 });
  });

  test("shows what it had until the new answer is complete", () => {
    const { feed, held, frame } = stage();
    feed.follow(300_000, 400);
    held.columns = columns(1, 2, 3);
    frame(3, true);
    expect(timesOf(feed)).toEqual([1, 2, 3]);
    feed.follow(3_600_000, 400);
    held.columns = columns(3);
    held.gaps = [{ fromMs: 0, toMs: 3, reason: "pending" }];
    frame(3, true);
    expect(timesOf(feed)).toEqual([1, 2, 3]);
    held.columns = columns(1, 3, 4);
    held.gaps = [];
    expect(timesOf(feed)).toEqual([1, 3, 4]);
  });

  test("goes on showing what was before a restart, with its gap, also when it was not looked at meanwhile", () => {
    const { feed, held, frame } = stage();
    const gap: Gap = { fromMs: 2, toMs: 8, reason: "epoch_changed" };
    feed.follow(300_000, 400);
    held.columns = columns(1, 2, 8, 9);
    held.gaps = [gap];
    frame(9, true);
    feed.rest();
    feed.follow(300_000, 400);
    held.columns = columns(8, 9, 10);
    held.gaps = [];
    frame(10, true);
    expect(feed.shown(span)?.gaps).toEqual([gap]);
    expect(timesOf(feed)).toEqual([1, 2, 7, 8, 9, 10]);
  });

  test("asks again for an instance that the server has not heard of, while somebody looks", () => {
    const { feed, subscribe, subscription, refuse } = stage("web-2");
    feed.follow(300_000, 400);
    expect(subscribe).toHaveBeenLastCalledWith(
      expect.objectContaining({ select: ["m"], merge: "instance", instance: "web-2" }),
    );
    refuse("forbidden");
    expect(feed.state.value).toMatchObject({ name: "failed" });
    vi.advanceTimersByTime(2_000);
    expect(subscribe).toHaveBeenCalledTimes(2);
    expect(subscription.close).toHaveBeenCalledTimes(1);
    refuse("forbidden");
    feed.rest();
    vi.advanceTimersByTime(60_000);
    expect(subscribe).toHaveBeenCalledTimes(2);
  });

  test("what is refused of all instances stays so", () => {
    const { feed, subscribe, refuse } = stage();
    feed.follow(300_000, 400);
    refuse("forbidden");
    vi.advanceTimersByTime(60_000);
    expect(subscribe).toHaveBeenCalledTimes(1);
    expect(feed.state.value).toMatchObject({ name: "failed", reason: "forbidden" });
  });

  test("does not wait for ever", () => {
    const { feed, held, frame } = stage();
    feed.follow(300_000, 400);
    held.columns = columns(8, 9);
    held.gaps = [{ fromMs: 0, toMs: 8, reason: "pending" }];
    frame(9, true);
    vi.advanceTimersByTime(2_000);
    expect(timesOf(feed)).toEqual([8, 9]);
  });

  test("keeps its points while nobody looks, and gives them up when told", () => {
    const { feed, held, frame, subscription } = stage();
    feed.follow(300_000, 400);
    held.columns = columns(1, 2);
    frame(2, true);
    feed.rest();
    expect(subscription.close).toHaveBeenCalled();
    expect(timesOf(feed)).toEqual([1, 2]);
    feed.forget();
    expect(feed.shown(span)).toBeUndefined();
  });
});

test("asks anew where raw points filled the store before they filled the range", () => {
  const { feed, held, frame, subscription } = stage();
  feed.follow(300_000, 400);
  held.columns = columns(...Array.from({ length: 1_500 }, (_, k) => 100_000 + k * 100));
  frame(1, true);
  vi.advanceTimersByTime(60_000);
  feed.shown({ fromMs: 0, toMs: 300_000 });
  feed.shown({ fromMs: 0, toMs: 300_000 });
  expect(subscription.update).toHaveBeenCalledTimes(1);
  expect(subscription.update).toHaveBeenCalledWith({ everyMs: 1_000, sinceMs: 300_000, points: 400 });
});

test("left before the answer was complete, it keeps what it had before", () => {
  const { feed, held, frame } = stage();
  feed.follow(300_000, 400);
  held.columns = columns(1, 2, 3);
  frame(3, true);
  feed.follow(3_600_000, 400);
  held.columns = columns(3);
  held.gaps = [{ fromMs: 0, toMs: 3, reason: "pending" }];
  feed.rest();
  expect(timesOf(feed)).toEqual([1, 2, 3]);
});

describe("of the past", () => {
  test("it shows what is held until the answer comes, then that, and what is live after going back", () => {
    const { feed, held, frame, wishes } = stage();
    feed.follow(300_000, 400);
    held.columns = columns(5, 6);
    frame(6, true);
    feed.lookBack({ fromMs: 1_000, toMs: 4_000 }, 400);
    expect(timesOf(feed)).toEqual([5, 6]);
    wishes[0]?.done(columns(1, 2, 3));
    expect(timesOf(feed)).toEqual([1, 2, 3]);
    feed.lookAhead();
    expect(timesOf(feed)).toEqual([5, 6]);
  });

  test("an answer to what is not asked any more is left", () => {
    const { feed, wishes } = stage();
    feed.follow(300_000, 400);
    feed.lookBack({ fromMs: 1_000, toMs: 4_000 }, 400);
    feed.lookBack({ fromMs: 2_000, toMs: 5_000 }, 400);
    wishes[1]?.done(columns(2));
    wishes[0]?.done(columns(1));
    expect(timesOf(feed)).toEqual([2]);
  });
});
