import { manualClock } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MergedTicks } from "./merged-ticks.js";

const intervalMs = 1_000;

function start({ names = ["a", "b"], interval = intervalMs } = {}) {
  const clock = manualClock(1_000_000);
  const store = { isDegraded: false };
  const closed: string[] = [];
  const ticks = new MergedTicks(
    {
      intervalMs: interval,
      clock,
      nowMs: () => clock.dateMs(),
      isDegraded: () => store.isDegraded,
      close: (tick, missing) => closed.push([tick, ...missing].join(" ")),
    },
    999,
  );
  for (const name of names) ticks.join(name);
  return { clock, store, ticks, took: () => closed.splice(0) };
}

test("a tick closes in the turn in which the last instance reaches it", () => {
  const { clock, ticks, took } = start({ names: ["a", "b", "c"] });
  ticks.arrived("a", 1_000);
  ticks.arrived("c", 1_000);
  expect(took()).toEqual([]);
  ticks.arrived("b", 1_000);
  expect(took()).toEqual(["1000"]);
  expect(clock.pendingTimers).toBe(0);
});

test("alone, it closes at once and sets no timer", () => {
  const { clock, ticks, took } = start({ names: ["a"] });
  for (const tick of [1_000, 1_001, 1_005]) {
    ticks.arrived("a", tick);
    expect(took()).toEqual([`${tick}`]);
    expect(clock.pendingTimers).toBe(0);
  }
});

test("after the grace it closes without those that did not come, and names them", () => {
  const { clock, ticks, took } = start();
  ticks.arrived("a", 1_000);
  clock.advance(999);
  expect(took()).toEqual([]);
  clock.advance(1);
  expect(took()).toEqual(["1000 b"]);
});

test.each([
  [500, 500],
  [2_000, 2_000],
  [10_000, 2_000],
])("the grace of an interval of %d ms is %d ms", (interval, graceMs) => {
  const { clock, ticks, took } = start({ interval, names: [] });
  clock.advance(1_000 * interval - clock.dateMs());
  for (const name of ["a", "b"]) ticks.join(name);
  ticks.arrived("a", 1_000);
  clock.advance(graceMs - 1);
  expect(took()).toEqual([]);
  clock.advance(1);
  expect(took()).toEqual(["1000 b"]);
});

describe("who missed a tick", () => {
  function behind() {
    const all = start();
    all.ticks.arrived("a", 1_000);
    all.clock.advance(1_000);
    expect(all.took()).toEqual(["1000 b"]);
    return all;
  }

  test("is not waited for at the next ones, and is named in each", () => {
    const { ticks, took } = behind();
    ticks.arrived("a", 1_001);
    ticks.arrived("a", 1_002);
    expect(took()).toEqual(["1001 b", "1002 b"]);
  });

  test("is told that its batch is late, and still not waited for", () => {
    const { clock, ticks, took } = behind();
    clock.advance(500);
    expect(ticks.arrived("b", 1_000)).toBe(false);
    ticks.arrived("a", 1_001);
    expect(took()).toEqual(["1001 b"]);
  });

  test("is waited for again once it was in time, if only after the others", () => {
    const { clock, ticks, took } = behind();
    ticks.arrived("a", 1_001);
    expect(took()).toEqual(["1001 b"]);
    clock.advance(300);
    expect(ticks.arrived("b", 1_001)).toBe(false);
    clock.advance(700);
    ticks.arrived("a", 1_002);
    expect(took()).toEqual([]);
    ticks.arrived("b", 1_002);
    expect(took()).toEqual(["1002"]);
  });
});

test("while the store is away nobody is waited for", () => {
  const { clock, store, ticks, took } = start();
  ticks.arrived("a", 1_000);
  store.isDegraded = true;
  ticks.look();
  expect(took()).toEqual(["1000 b"]);
  clock.advance(1_000);
  ticks.arrived("a", 1_001);
  expect(took()).toEqual(["1001 b"]);
  expect(clock.pendingTimers).toBe(0);
});

test("a tick that only a later one's arrival shows to be complete closes before it", () => {
  const { ticks, took } = start();
  ticks.arrived("a", 1_000);
  ticks.arrived("b", 1_001);
  expect(took()).toEqual(["1000"]);
  ticks.arrived("a", 1_001);
  expect(took()).toEqual(["1001"]);
});

test("an instance whose clock is ahead does not close the others' ticks before their time", () => {
  const { clock, ticks, took } = start();
  ticks.arrived("b", 1_005);
  ticks.arrived("a", 1_000);
  expect(took()).toEqual(["1000"]);
  for (const tick of [1_001, 1_002, 1_003, 1_004]) {
    clock.advance(1_000);
    ticks.arrived("b", tick + 5);
    ticks.arrived("a", tick);
    expect(took()).toEqual([`${tick}`]);
  }
});

test("who leaves holds nothing up", () => {
  const { ticks, took } = start();
  ticks.arrived("a", 1_000);
  ticks.leave("b");
  expect(took()).toEqual(["1000"]);
});

test("whatever comes when, ticks close once, in order, none later than its grace", () => {
  const action = fc.oneof(
    fc.record({ name: fc.constantFrom("a", "b", "c"), tick: fc.integer({ min: 1_000, max: 1_012 }) }),
    fc.record({ waitMs: fc.integer({ min: 1, max: 1_500 }) }),
    fc.record({ away: fc.boolean() }),
    fc.record({ leaves: fc.constantFrom("a", "b", "c") }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const { clock, store, ticks, took } = start({ names: ["a", "b", "c"] });
      const deadlines = new Map<number, number>();
      let last = 999;
      for (const one of actions) {
        if ("waitMs" in one) clock.advance(one.waitMs);
        else if ("away" in one) store.isDegraded = one.away;
        else if ("leaves" in one) ticks.leave(one.leaves);
        else {
          const early = Math.max(0, one.tick * intervalMs - clock.dateMs());
          if (one.tick > ticks.closed && !deadlines.has(one.tick))
            deadlines.set(one.tick, clock.monotonicMs() + early + intervalMs);
          ticks.arrived(one.name, one.tick);
        }
        for (const text of took()) {
          const tick = Number.parseInt(text, 10);
          expect(tick).toBeGreaterThan(last);
          expect(deadlines.has(tick)).toBe(true);
          deadlines.delete(tick);
          last = tick;
        }
        for (const dueMs of deadlines.values()) expect(dueMs).toBeGreaterThan(clock.monotonicMs());
      }
    }),
  );
});

test("who joined and was never heard is named for a while, unless it is certain to come", () => {
  const { clock, ticks, took } = start({ names: ["a"] });
  ticks.join("b");
  ticks.join("own", true);
  ticks.arrived("a", 1_000);
  clock.advance(1_000);
  expect(took()).toEqual(["1000 b own"]);
  clock.advance(15_000);
  ticks.arrived("a", 1_016);
  expect(took()).toEqual(["1016 b own"]);
  clock.advance(1_000);
  ticks.arrived("a", 1_017);
  expect(took()).toEqual(["1017 own"]);
});
