import { describe, expect, test } from "vitest";
import { beginInstances } from "./testing/begun-instances.js";

const begin = beginInstances();

/** Two instances, and what each shows of b by its name. */
async function picked() {
  const all = begin();
  const a = await all.add("a", { g: 1, c_total: 100 });
  const b = await all.add("b", { g: 10, c_total: 7 });
  await all.tick(2);
  const viewer = await all.view(a, { merge: "instance", instance: "b" });
  return { all, a, b, viewer };
}

describe("another instance that is picked by its name", () => {
  test("is shown as it is, tick by tick, beside the view of all", async () => {
    const { all, a, b, viewer } = await picked();
    const merged = await all.view(a);
    await all.tick(2);
    b.values = { g: 20, c_total: 9 };
    await all.tick();
    expect(viewer.last).toMatchObject({ missing: [], values: { g: 20, c_total: 9 } });
    expect(viewer.of("subscribed")[0]?.items[0]).toMatchObject({ merge: "instance", instance: "b" });
    expect(merged.last?.values.g).toBe(21);
    const ticks = viewer.shown.map(({ tick }) => tick);
    expect(ticks.at(-1)).toBe(merged.last?.tick);
    expect(new Set(ticks).size).toBe((ticks.at(-1) ?? 0) - (ticks[0] ?? 0) + 1);
    expect(viewer.allFaults).toEqual([]);
  });

  test("is the very instance where it is asked itself", async () => {
    const { all, b } = await picked();
    const own = await all.view(b, { merge: "instance", instance: "b" });
    await all.tick(2);
    expect(own.last).toMatchObject({ missing: [], values: { g: 10, c_total: 7 } });
  });

  test("brings each of its ticks, also those that come late and together", async () => {
    const { all, b, viewer } = await picked();
    await all.tick();
    b.line.hold(true);
    for (const g of [11, 12, 13]) {
      b.values = { g, c_total: 7 };
      await all.tick();
    }
    b.line.hold(false);
    await all.tick(3);
    const values = viewer.shown.map((shown) => shown.values.g);
    expect(values.slice(-6)).toEqual([11, 12, 13, 13, 13, 13]);
    expect(viewer.allFaults).toEqual([]);
  });

  test("has its past, at either instance, and goes on completely from one to the other", async () => {
    const { all, a, b } = await picked();
    await all.tick(3);
    const viewer = await all.view(a, { merge: "instance", instance: "b", sinceMs: 4_000 });
    await all.tick();
    expect([...(viewer.of("block")[0]?.series ?? [])]).not.toEqual([]);
    for (const [next, g] of [
      [b, 30],
      [a, 40],
    ] as const) {
      b.values = { g, c_total: 7 };
      // What the client has must have come to the other one, too.
      viewer.drop();
      await all.tick(2);
      await all.resume(viewer, next);
      await all.tick();
      expect(viewer.of("subscribed").at(-1)?.items[0]?.resume?.outcome).toBe("complete");
      expect(viewer.last?.values.g).toBe(g);
    }
    expect(viewer.allFaults).toEqual([]);
  });

  test("is still there when it is dead, and says nothing more", async () => {
    const { all, a, b } = await picked();
    await b.line.die();
    await all.tick(3);
    const viewer = await all.view(a, { merge: "instance", instance: "b", sinceMs: 10_000 });
    await all.tick(2);
    expect(viewer.of("error")).toEqual([]);
    expect(viewer.shown.at(-1)?.values).toEqual({ g: 10, c_total: 7 });
    expect(viewer.of("block").length).toBeGreaterThan(0);
  });

  test("is what the host is told of, too, and unless it says whom it means, of all", async () => {
    const { all, a } = await picked();
    await all.tick(2);
    const range = { from: all.clock.dateMs() - 3_000, to: all.clock.dateMs() };
    const g = (query: Partial<Parameters<typeof a.cast.query>[0]>) => {
      const { series } = a.cast.query({ ...range, select: ["g"], ...query });
      return series[0]?.columns[0]?.last.at(-1);
    };
    expect(g({})).toBe(11);
    expect(g({ merge: "instance" })).toBe(1);
    expect(g({ merge: "instance", instance: "b" })).toBe(10);
    expect(g({ merge: "instance", instance: "a" })).toBe(1);
    expect(() => g({ merge: "instance", instance: "nobody" })).toThrow("nobody");
  });

  test("is refused for good under a name that nobody has", async () => {
    const { all, a } = await picked();
    const viewer = await all.view(a, { merge: "instance", instance: "nobody" });
    await all.tick();
    expect(viewer.of("error")).toMatchObject([{ code: "forbidden", field: "instance", item: 0 }]);
  });
});
