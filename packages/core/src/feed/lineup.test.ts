import { type ManualClock, manualClock } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Batch } from "../contracts/feed.js";
import { Stats } from "../health/stats.js";
import { Family } from "./family.js";
import { labelSetOf, noLabels } from "./label-set.js";
import { Lineup, LineupDraft, Places } from "./lineup.js";
import { MetricsFeed } from "./metrics-feed.js";
import { SeriesBudget } from "./series-budget.js";

// A source that gives a series twice is never followed by its places: what comes of that is what following must give.
const restless = { name: "restless", value: 1 };

const histogram = (sum: number, bounds = [1]) => ({ bounds, counts: [1, 2], sum, count: 3 });
const value = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<unknown>(0, -0, 1, 2, Number.NaN, Number.POSITIVE_INFINITY) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(histogram(1), histogram(2), histogram(2, [2])) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>("1", null, histogram(Number.NaN, [Number.NaN])) },
);
const labels = fc.constantFrom<unknown>(
  undefined,
  {},
  { x: "1", y: "2" },
  { y: "2", x: "1" },
  { x: "3" },
  { x: 4 },
);
const kind = fc.constantFrom<unknown>(undefined, undefined, null, "gauge", "counter", "histogram");
const shape = fc.record({ name: fc.constantFrom("a", "b", "c", "d"), labels, kind });
/** What one source does over time: mostly the same series with other values, now and then others, or nothing. */
const source = fc.record({
  shapes: fc.array(fc.array(shape, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 2 }),
  reads: fc.array(
    fc.record({
      shape: fc.constantFrom(0, 0, 0, 0, 0, 1),
      values: fc.array(value, { minLength: 5, maxLength: 5 }),
      how: fc.constantFrom(
        "give",
        "give",
        "give",
        "give",
        "give",
        "give",
        "throw",
        "hang",
        "late",
        "stream",
        "fewer",
      ),
    }),
    { minLength: 8, maxLength: 14 },
  ),
});
type Drawn = typeof source extends fc.Arbitrary<infer T> ? T : never;

/** Its first samples stand there while a batch closes; the last one is late. */
async function* stream(given: readonly unknown[], clock: ManualClock) {
  yield* given.slice(0, -1);
  await new Promise<void>((resolve) => clock.after(700, resolve));
  yield given.at(-1);
}

function feedOf(sources: readonly Drawn[], isRestless: boolean) {
  const clock = manualClock();
  const feed = new MetricsFeed({
    channel: "metrics",
    intervalMs: 1_000,
    clock,
    time: { nowMs: () => clock.dateMs() },
    seriesBudget: new SeriesBudget(16),
    maxLabelSets: 3,
    stats: new Stats(),
    report: () => {},
    isWanted: () => true,
  });
  for (const [number, drawn] of sources.entries()) {
    let calls = 0;
    const read = () => {
      const {
        shape: which,
        values,
        how,
      } = drawn.reads[calls++ % drawn.reads.length] ?? { shape: 0, values: [], how: "" };
      const shapes = drawn.shapes[which] ?? drawn.shapes[0] ?? [];
      const samples = shapes.map((said, index) => ({ ...said, value: values[index] }));
      const own = { ...restless, labels: { source: String(number) } };
      const given = [own, ...(isRestless ? [own] : []), ...(how === "fewer" ? samples.slice(1) : samples)];
      if (how === "throw") throw new Error("no");
      if (how === "hang") return new Promise((resolve) => clock.after(2_500, () => resolve(given)));
      if (how === "late") return new Promise((resolve) => clock.after(700, () => resolve(given)));
      return how === "stream" ? stream(given, clock) : given;
    };
    Reflect.apply(feed.addSource, feed, [{ name: `source ${number}`, read }]);
  }
  const pushed = feed.counter("pushed", { labels: ["id"] });
  const seen: unknown[] = [];
  feed.start(({ tick, changed, columns }: Batch) => {
    // How often the odd one came shows in its overflow series.
    const compared = columns.series.filter(({ info }) => info.name !== restless.name);
    const indexes = new Set(compared.map(({ index }) => index));
    const series = compared.map(({ index, slot, width, info }) => ({
      info,
      state: columns.states[index],
      cause: columns.staleCause(index),
      values: [...columns.values.subarray(slot, slot + width)],
    }));
    seen.push({ tick, changed: changed.filter((index) => indexes.has(index)), series });
  });
  return { clock, feed, pushed, seen };
}

it("whoever gives the same series again is understood as if each were looked up anew", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(source, { minLength: 1, maxLength: 3 }),
      fc.array(fc.constantFrom("", "1", "2"), { minLength: 16, maxLength: 16 }),
      async (sources, pushes) => {
        const followed = feedOf(sources, false);
        const twin = feedOf(sources, true);
        for (const id of pushes) {
          for (const { clock, pushed } of [followed, twin]) {
            if (id !== "") pushed.inc(1, { id });
            await clock.advanceAsync(1_000);
          }
        }
        expect(followed.seen).toEqual(twin.seen);
        expect(followed.seen.length).toBeGreaterThan(10);
        await Promise.all([followed.feed.stop(), twin.feed.stop()]);
      },
    ),
    { numRuns: 300 },
  );
});

describe("LineupDraft", () => {
  const members = ["a", "b", "c"].map((name) => new Family({ name, kind: "gauge" }).newcomer(noLabels));
  const [a, b, c] = members;
  if (a === undefined || b === undefined || c === undefined) throw new Error("three members");
  const drafted = (before: Lineup, ...refs: (typeof a)[]) => {
    const draft = new LineupDraft(before);
    for (const ref of refs) draft.add(ref);
    expect(draft.length).toBe(refs.length);
    return draft.done();
  };

  it("is the lineup before where the same come in the same order, and no other", () => {
    const before = new Lineup([a, b]);
    expect(drafted(before, a, b)).toBe(before);
    expect(drafted(before, a).refs).toEqual([a]);
    expect(drafted(before, b, a).refs).toEqual([b, a]);
    expect(drafted(before, a, b, c).refs).toEqual([a, b, c]);
    expect(before.refs).toEqual([a, b]);
  });

  it("lays out the slots of a lineup one after the other", () => {
    const histogram = new Family({ name: "h", kind: "histogram", bounds: [1] }).newcomer(noLabels);
    Object.assign(histogram, { index: 4, slot: 7 });
    Object.assign(a, { index: 2, slot: 3 });
    const { slots, owners } = new Lineup([histogram, a]).settle([histogram, a]);
    expect([[...slots], [...owners]]).toEqual([
      [7, 8, 9, 3],
      [4, 4, 4, 2],
    ]);
  });
});

describe("Places", () => {
  const family = new Family({ name: "m", kind: "gauge" });
  const member = (labels: Record<string, string>) => family.newcomer(labelSetOf(labels) ?? noLabels);
  const sets = [{ a: "1", b: "2", c: "3" }, {}, { a: "1" }, { b: "2", a: "1" }, { z: "9" }];
  const places = () => new Places(sets.map(member));
  const reversed = (labels: object) => Object.fromEntries(Object.entries(labels).reverse());

  it("hold a sample of the same name, kind and labels, in whatever order, time and again, and no other", () => {
    const held = places();
    for (const turn of [reversed, reversed, (labels: object) => labels]) {
      for (const [at, labels] of sets.entries()) {
        const given = turn(labels);
        expect(sets.map((_, place) => held.holds(place, "m", given, "gauge"))).toEqual(
          sets.map((_, place) => place === at),
        );
      }
    }
    expect([
      held.holds(1, "m", undefined, "gauge"),
      held.holds(1, "n", undefined, "gauge"),
      held.holds(1, "m", undefined, "counter"),
      held.holds(5, "m", undefined, "gauge"),
    ]).toEqual([true, false, false, false]);
  });

  it("stay as they are where what was checked answers otherwise when it is asked again", () => {
    const held = places();
    let asked = 0;
    const fickle = new Proxy({ c: "3", b: "2", a: "1" } as Record<string, string>, {
      ownKeys: (target) => (++asked > 2 ? ["z", "b", "a"] : Object.keys(target)),
      getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: "" }),
    });
    expect(held.holds(0, "m", fickle, "gauge")).toBe(true);
    expect(asked).toBe(3);
    expect(sets.map((labels, at) => held.holds(at, "m", labels, "gauge"))).toEqual(sets.map(() => true));
  });
});
