import { describe, expect, test } from "vitest";
import { ColumnFeed } from "../views/testing/column-feed.js";
import { ChannelWatch } from "./channel-watch.js";
import { compileRules } from "./compile-rules.js";
import type { AlertRule } from "./rule.js";

const channel = {
  kind: "metrics",
  intervalMs: 1_000,
  retentionMs: 60_000,
  sources: [],
  follow: "always",
} as const;

/** A watch whose alerts are a set, and that counts how often something was judged. */
function open(rules: readonly AlertRule[], isFirst = () => true, room = 10_000) {
  const firing = new Set<string>();
  const told: string[] = [];
  const faults: unknown[] = [];
  const counts = { judged: 0, admitted: 0 };
  const watch: ChannelWatch = new ChannelWatch({
    rules: compileRules(rules, new Map([["metrics", channel]]), 100),
    intervalMs: 1_000,
    instance: undefined,
    isFiring: (id) => {
      counts.judged += 1;
      return firing.has(id);
    },
    mayTell: isFirst,
    tell: ({ id }, state) => hear(id, state),
    admit: () => counts.admitted++ < room,
    onFault: (_, cause) => faults.push(cause),
  });
  const hear = (id: string, state: "firing" | "resolved") => {
    told.push(`${state} ${id}`);
    if (state === "firing") firing.add(id);
    else firing.delete(id);
    watch.wake(id);
  };
  const judged = () => {
    const count = counts.judged;
    counts.judged = 0;
    return count;
  };
  return { watch, hear, told, faults, counts, judged };
}

function feedOf(...names: string[]): ColumnFeed {
  const feed = new ColumnFeed();
  for (const name of names) feed.add({ name, kind: "gauge", labels: {} });
  return feed;
}

const busy = { name: "busy", select: "load*", above: 5 };

test("judges what changed and what waits, and nothing else", () => {
  const { watch, judged } = open([busy, { ...busy, name: "other", select: "nothing" }]);
  const feed = feedOf(...Array.from({ length: 1_000 }, (_, k) => `load${k}`));
  watch.take(feed.batch(1, Array(1_000).fill(1)));
  expect(judged()).toBe(1_000);
  for (let tick = 2; tick < 10; tick += 1) watch.take(feed.batch(tick));
  expect(judged()).toBe(0);
  watch.take(feed.batch(10, [6, 2]));
  expect(judged()).toBe(2);
  // That it was told is looked at once.
  watch.take(feed.batch(11));
  expect(judged()).toBe(1);
  watch.take(feed.batch(12));
  expect(judged()).toBe(0);
});

test("whoever is not to tell holds it ready, and goes on from what was told when it is", () => {
  let isFirst = false;
  const { watch, hear, told } = open([{ ...busy, forMs: 2_000 }], () => isFirst);
  const feed = feedOf("load", "load2");
  watch.take(feed.batch(1, [6, 6]));
  hear("busy:load", "firing");
  for (let tick = 2; tick < 6; tick += 1) watch.take(feed.batch(tick));
  expect(told).toEqual(["firing busy:load"]);
  isFirst = true;
  watch.take(feed.batch(6));
  expect(told).toEqual(["firing busy:load", "firing busy:load2"]);
  watch.take(feed.batch(7, [1]));
  expect(told.at(-1)).toBe("resolved busy:load");
});

test("other columns of the same series change nothing", () => {
  const { watch, told } = open([
    { ...busy, forMs: 3_000 },
    { name: "gone", select: "load", absent: true },
  ]);
  const alone = feedOf("other", "load");
  watch.take(alone.batch(1, [0, 6]));
  watch.take(alone.batch(2));
  const merged = feedOf("load", "other");
  watch.take(merged.batch(3, [7, 0]));
  expect(told).toEqual([]);
  watch.take(merged.batch(4));
  expect(told).toEqual(["firing busy:load"]);
  watch.take(merged.batch(5, ["absent"]));
  expect(told.at(-1)).toBe("firing gone");
});

test("what finds no room is not watched; what is known takes none again in other columns", () => {
  const { watch, told } = open([busy], undefined, 2);
  watch.take(feedOf("load").batch(1, [1]));
  watch.take(feedOf("load").batch(2, [1]));
  watch.take(feedOf("load", "load2", "load3").batch(3, [6, 6, 6]));
  expect(told).toEqual(["firing busy:load", "firing busy:load2"]);
});

test("a rule that fails hurts no other", () => {
  const { watch, told, faults } = open([busy, { ...busy, name: "fine" }], () => {
    if (told.length === 0 && faults.length === 0) throw new Error("planted");
    return true;
  });
  watch.take(feedOf("load").batch(1, [6]));
  expect(told).toEqual(["firing fine:load"]);
  expect(faults).toEqual([new Error("planted")]);
});

test("of a histogram the observations are compared", () => {
  const { watch, told } = open([{ ...busy, select: "took" }]);
  const feed = new ColumnFeed();
  feed.add({ name: "took", kind: "histogram", labels: {}, bounds: [1, 2] });
  watch.take(feed.batch(1, [[2, 2, 1, 900]]));
  expect(told).toEqual([]);
  watch.take(feed.batch(2, [[2, 2, 2, 900]]));
  expect(told).toEqual(["firing busy:took"]);
});

describe("a quantile", () => {
  const slow = { name: "slow", select: "took*", above: 1.5, quantile: 0.9, windowMs: 10_000 };
  const feed = () => {
    const made = new ColumnFeed();
    made.add({ name: "took", kind: "histogram", labels: {}, bounds: [1, 2, 4] });
    return made;
  };

  test("is of what was observed lately, not of all that ever was", () => {
    const { watch, told } = open([slow]);
    const took = feed();
    // What was there before is nobody's observation.
    watch.take(took.batch(1, [[1_000_000, 0, 0, 0, 0]]));
    watch.take(took.batch(2, [[1_000_080, 15, 0, 0, 0]]));
    expect(told).toEqual([]);
    // 80 and 20 of 100: the ninetieth of them is in the middle of (1, 2].
    watch.take(took.batch(3, [[1_000_080, 20, 0, 0, 0]]));
    expect(told).toEqual([]);
    watch.take(took.batch(4, [[1_000_080, 21, 0, 0, 0]]));
    expect(told).toEqual(["firing slow:took"]);
  });

  test("of none is none: its alert ends when nothing was observed for two windows, and 15 s more", () => {
    const { watch, told } = open([slow]);
    const took = feed();
    watch.take(took.batch(1, [[0, 0, 0, 0, 0]]));
    watch.take(took.batch(2, [[0, 0, 0, 5, 50]]));
    expect(told).toEqual(["firing slow:took"]);
    let tick = 3;
    for (; tick < 60 && told.length < 2; tick += 1) watch.take(took.batch(tick));
    expect(told).toEqual(["firing slow:took", "resolved slow:took"]);
    expect(tick - 1).toBe(36);
  });

  test("takes a histogram that begins anew from nothing, and what is over its bounds as the last of them", () => {
    const { watch, told } = open([slow, { ...slow, name: "endless", above: 4 }]);
    const took = feed();
    watch.take(took.batch(1, [[0, 0, 0, 90, 0]]));
    watch.take(took.batch(2, [[5, 0, 0, 0, 0]]));
    expect(told).toEqual([]);
    watch.take(took.batch(3, [[5, 0, 0, 9, 0]]));
    expect(told).toEqual(["firing slow:took"]);
  });

  test("of what is no histogram is none", () => {
    const { watch, told } = open([slow, { name: "high", select: "took*", above: 1.5 }]);
    watch.take(feedOf("took_last").batch(1, [9]));
    watch.take(feedOf("took_last").batch(2, [10]));
    expect(told).toEqual(["firing high:took_last"]);
  });
});
