import { expect, test } from "vitest";
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
function open(rules: readonly AlertRule[], isFirst = () => true) {
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
    admit: () => counts.admitted++ < 10_000,
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
