import { clusterIntervalMs as intervalMs } from "@metricast/testkit";
import { describe, expect, test } from "vitest";
import { beginInstances } from "./testing/begun-instances.js";

const begin = beginInstances();

describe("an instance that leaves", () => {
  test("is in the tick that it told of last, though that is closed only when it has left", async () => {
    const all = begin();
    const b = await all.add("b", { g: 10, c_total: 0 });
    // It reads a tick when b has told of it, and left.
    const a = await all.add("a", { g: 1, c_total: 0 }, { slowMs: 200 });
    const viewer = await all.view(a);
    await all.tick(3);
    b.values = { g: 20, c_total: 5 };
    await all.advance(intervalMs - (all.clock.dateMs() % intervalMs) + 50);
    const { tick = 0 } = viewer.last ?? {};
    await all.stop(b);
    expect(viewer.last?.tick).toBe(tick);
    await all.tick(2);
    expect(viewer.shown.filter((shown) => shown.tick > tick).slice(0, 2)).toEqual([
      { tick: tick + 1, missing: [], values: { g: 21, c_total: 5 } },
      { tick: tick + 2, missing: [], values: { g: 1, c_total: 5 } },
    ]);
    expect(viewer.allFaults).toEqual([]);
  });
});

describe("an instance that joins", () => {
  test("is named as missing until its first batch is there", async () => {
    const all = begin();
    const a = await all.add("a", { g: 1 });
    const viewer = await all.view(a);
    await all.tick(2);
    const { tick = 0 } = viewer.last ?? {};
    const b = await all.add("b", { g: 10 });
    b.line.hold(true);
    await all.tick(3);
    b.line.hold(false);
    await all.tick(2);
    const after = viewer.shown.filter((shown) => shown.tick > tick);
    for (const { missing, values } of after) expect(values.g).toBe(missing.length > 0 ? 1 : 11);
    expect(after.some(({ missing }) => missing.includes("b"))).toBe(true);
    expect(viewer.last).toMatchObject({ missing: [], values: { g: 11 } });
  });

  test("is waited for, so that its first tick is in time", async () => {
    const all = begin();
    const a = await all.add("a", { g: 1 });
    await all.add("b", { g: 10 });
    const viewer = await all.view(a);
    await all.tick(2);
    const c = await all.add("c", { g: 100 });
    await all.tick(4);
    expect(c.cast.health().cluster?.instances.length).toBe(3);
    const { tick = 0 } = viewer.last ?? {};
    expect(viewer.shown.filter((shown) => shown.tick > tick - 3)).toEqual(
      [2, 1, 0].map((back) => ({ tick: tick - back, missing: [], values: { g: 111 } })),
    );
    expect(viewer.of("revised").filter((revised) => revised.to > tick - 3)).toEqual([]);
  });
});
