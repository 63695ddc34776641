import { clusterIntervalMs as intervalMs } from "@metricast/testkit";
import { describe, expect, test } from "vitest";
import { beginInstances } from "./testing/begun-instances.js";

const begin = beginInstances();

describe("an instance that is alone", () => {
  test.each([true, false])(
    "delivers within the turn of its tick, as one without a store (%s) does",
    async (keepAlone) => {
      const all = begin();
      const a = await all.add("a", { g: 1, c_total: 10 }, { keepAlone });
      const viewer = await all.view(a);
      await all.tick();
      const before = all.clock.pendingTimers;
      const shown = viewer.shown.length;
      a.values = { g: 2, c_total: 12 };
      // To the tick, and what is due within it: no time passes after that.
      await all.advance(intervalMs);
      expect(viewer.shown.slice(shown).map(({ values }) => values)).toEqual([{ g: 2, c_total: 12 }]);
      expect(all.clock.pendingTimers).toBe(before);
      expect(viewer.allFaults).toEqual([]);
    },
  );

  test("shows the same view as `merge: instance`, with the same tokens", async () => {
    const all = begin();
    const a = await all.add("a", { g: 1 });
    const merged = await all.view(a);
    const own = await all.view(a, { merge: "instance" });
    await all.tick(3);
    expect(merged.shown.slice(-3)).toEqual(own.shown.slice(-3));
    expect(a.cast.health().cluster).toMatchObject({ instances: [{ instance: "a" }], clients: 2 });
  });
});

describe("several instances", () => {
  test("are shown as one by each, and by themselves where that is asked for", async () => {
    const all = begin();
    const a = await all.add("a", { g: 1, c_total: 100 });
    const viewer = await all.view(a);
    const own = await all.view(a, { merge: "instance" });
    await all.tick(2);
    expect(viewer.last?.values).toEqual({ g: 1, c_total: 100 });
    const b = await all.add("b", { g: 10, c_total: 7 });
    const other = await all.view(b);
    await all.tick(3);
    // The counter goes on from where the viewer saw it, by what both grow.
    expect(viewer.last).toMatchObject({ missing: [], values: { g: 11, c_total: 100 } });
    a.values = { g: 2, c_total: 103 };
    b.values = { g: 20, c_total: 9 };
    await all.tick();
    expect(viewer.last).toMatchObject({ missing: [], values: { g: 22, c_total: 105 } });
    // Who comes to others begins with what is counted from then on.
    expect(other.last).toMatchObject({ missing: [], values: { g: 22, c_total: 5 } });
    expect(own.last).toMatchObject({ missing: [], values: { g: 2, c_total: 103 } });
    expect([...viewer.allFaults, ...other.allFaults, ...own.allFaults]).toEqual([]);
    // No tick was skipped when the view became one of all.
    const ticks = viewer.shown.map(({ tick }) => tick);
    expect(new Set(ticks).size).toBe((ticks.at(-1) ?? 0) - (ticks[0] ?? 0) + 1);
  });

  test("are in health, with the clients of all", async () => {
    const all = begin();
    const a = await all.add("a", { g: 1 });
    const b = await all.add("b", { g: 1 });
    await all.view(a);
    await all.view(b);
    await all.view(b);
    await all.tick(3);
    expect(a.cast.health().cluster).toMatchObject({
      instances: [
        { instance: "a", clients: 1 },
        { instance: "b", clients: 2 },
      ],
      clients: 3,
    });
    expect(b.cast.health().cluster?.clients).toBe(3);
  });

  test("are told of as they come and go, in the channel `system`", async () => {
    const all = begin();
    const a = await all.add("a", { g: 1 });
    const b = await all.add("b", { g: 2 });
    await all.tick(2);
    await all.stop(b);
    await all.tick(2);
    const block = a.cast.health().cluster;
    expect(block?.instances.map(({ instance }) => instance)).toEqual(["a"]);
  });

  test("of which one leaves lose its gauges, and nothing of what it counted", async () => {
    const all = begin();
    const a = await all.add("a", { g: 1, c_total: 5 });
    const b = await all.add("b", { g: 10, c_total: 5 });
    const viewer = await all.view(a);
    await all.tick(2);
    b.values = { g: 10, c_total: 50 };
    await all.tick();
    const before = viewer.last?.values.c_total;
    await all.stop(b);
    await all.tick(3);
    expect(viewer.last?.values).toEqual({ g: 1, c_total: before });
    expect(viewer.allFaults).toEqual([]);
  });

  test("of which one restarts count what it counts from zero", async () => {
    const all = begin();
    const a = await all.add("a", { c_total: 1_000 });
    const b = await all.add("b", { c_total: 500 });
    const viewer = await all.view(a);
    await all.tick(3);
    const before = viewer.last?.values.c_total ?? Number.NaN;
    await all.stop(b);
    const next = await all.add("b", { c_total: 4 });
    await all.tick();
    next.values = { c_total: 9 };
    await all.tick(2);
    expect(viewer.last?.values.c_total).toBe(before + 9);
    const late = await all.view(a, { sinceMs: 4_000 });
    await all.tick();
    const [counter] = late.of("block").at(-1)?.series ?? [];
    expect(differences(counter?.last)).toEqual([4, 5, 0]);
    expect(viewer.allFaults).toEqual([]);
  });
});

test("a third instance that comes while two are in the midst of their chains is one of all at once", async () => {
  const all = begin();
  await all.add("a", { g: 1 });
  await all.add("b", { g: 10 });
  await all.tick(5);
  const c = await all.add("c", { g: 100 });
  const viewer = await all.view(c);
  await all.tick(3);
  expect(viewer.last).toMatchObject({ missing: [], values: { g: 111 } });
  expect(viewer.allFaults).toEqual([]);
});

test("an instance that comes later has what the others kept before it came", async () => {
  const all = begin();
  const a = await all.add("a", { g: 0 });
  const b = await all.add("b", { g: 0 });
  for (let k = 1; k <= 400; k += 1) {
    a.values = { g: k };
    b.values = { g: 10 * k };
    await all.tick();
  }
  const c = await all.add("c", { g: 0 });
  await all.tick(3);
  const viewer = await all.view(c, { sinceMs: 350_000, points: 2_000 });
  await all.tick(30);
  const cells = viewer.of("block").flatMap(({ from, series }) => {
    return (series[0]?.last ?? []).map((value, at) => [from + at + 1, Number(value ?? Number.NaN)] as const);
  });
  const head = (viewer.of("subscribed")[0]?.items[0]?.history?.to ?? 0) - 3;
  const byTick = new Map(cells);
  // Also those that nobody has sealed yet.
  const wrong = Array.from({ length: 335 }, (_, k) => head - 340 + k).filter((tick) => {
    const k = 400 - (head - tick);
    return byTick.get(tick) !== 11 * k;
  });
  expect(wrong).toEqual([]);
  expect(viewer.of("revised").length + viewer.of("block").length).toBeGreaterThan(0);
  expect(viewer.allFaults).toEqual([]);
});

describe("an instance that is late", () => {
  test("is waited for as long as an interval, then named, and then not waited for", async () => {
    const all = begin();
    const a = await all.add("a", { g: 1 });
    const b = await all.add("b", { g: 10 });
    const viewer = await all.view(a);
    await all.tick(3);
    expect(viewer.last).toMatchObject({ missing: [], values: { g: 11 } });
    const { tick = 0 } = viewer.last ?? {};
    // From when b came.
    const before = viewer.of("revised").length;
    b.line.hold(true);
    b.values = { g: 20 };
    await all.advance(intervalMs);
    expect(viewer.last?.tick).toBe(tick);
    await all.advance(intervalMs);
    // The first waited its grace, the second nothing; its last value stands in for it.
    expect(viewer.shown.slice(-2)).toEqual([
      { tick: tick + 1, missing: ["b"], values: { g: 11 } },
      { tick: tick + 2, missing: ["b"], values: { g: 11 } },
    ]);
    expect(viewer.of("revised").length).toBe(before);
    b.line.hold(false);
    await all.advance(intervalMs);
    const [revised, ...more] = viewer.of("revised").slice(before);
    expect(revised).toMatchObject({ from: tick, to: tick + 2 });
    expect(more).toEqual([]);
    await all.tick(2);
    expect(viewer.last).toMatchObject({ missing: [], values: { g: 21 } });
    expect(viewer.allFaults).toEqual([]);
  });

  test("changes the past, which a query then gives as it was", async () => {
    const all = begin();
    const a = await all.add("a", { g: 1, c_total: 0 });
    const b = await all.add("b", { g: 10, c_total: 0 });
    const viewer = await all.view(a);
    await all.tick(3);
    const { tick = 0 } = viewer.last ?? {};
    b.line.hold(true);
    for (let k = 1; k <= 4; k += 1) {
      a.values = { g: 1, c_total: k };
      b.values = { g: 10 * k, c_total: 100 * k };
      await all.tick();
    }
    b.line.hold(false);
    await all.tick(2);
    const late = await all.view(a, { sinceMs: 6_000 });
    await all.tick();
    const block = late.of("block").at(-1);
    const [g, c] = block?.series ?? [];
    const at = tick + 1 - (block?.from ?? 0) - 1;
    expect(g?.last.slice(at, at + 4)).toEqual([11, 21, 31, 41]);
    expect(differences(c?.last.slice(at, at + 4))).toEqual([101, 101, 101]);
    expect(late.allFaults).toEqual([]);
  });
});

test("while the store is away local values come at once, and the others stand and are named", async () => {
  const all = begin();
  const a = await all.add("a", { g: 1 });
  const b = await all.add("b", { g: 10 });
  const viewer = await all.view(a);
  await all.tick(3);
  a.line.away(true);
  b.values = { g: 50 };
  for (let k = 2; k < 6; k += 1) {
    a.values = { g: k };
    const { length } = viewer.shown;
    await all.advance(intervalMs);
    expect(viewer.shown.length).toBe(length + 1);
    expect(viewer.last).toMatchObject({ missing: ["b"], values: { g: 10 + k } });
  }
  a.line.away(false);
  await all.tick(3);
  expect(viewer.last).toMatchObject({ missing: [], values: { g: 55 } });
  expect(viewer.of("revised").length).toBeGreaterThan(0);
  expect(viewer.allFaults).toEqual([]);
});

test("a view of several ticks is of all instances, too", async () => {
  const all = begin();
  const a = await all.add("a", { g: 1, c_total: 0 });
  const b = await all.add("b", { g: 10, c_total: 0 });
  await all.tick(3);
  const viewer = await all.view(a, { everyMs: 10_000 });
  for (let k = 0; k < 30; k += 1) {
    a.values = { g: k, c_total: k };
    b.values = { g: -k, c_total: 10 * k };
    await all.tick();
  }
  const frame = viewer.of("frame").at(-1);
  // The sum is 0 at every tick, which no minimum of each alone would say.
  // So it is not named: it is as it was.
  expect(frame?.i).toEqual([1]);
  const gauges = viewer.of("frame").flatMap(({ i, v }) => (i[0] === 0 ? [v[0]] : []));
  // Of the step in which it became 0, three ticks were 11.
  expect(gauges.at(-1)).toEqual([0, 0, 11, 33, 10]);
  expect(frame?.v[0]).toEqual([expect.any(Number), 110]);
  expect(viewer.allFaults).toEqual([]);
});

test("histograms of different bounds stay apart, and that is said to who watches and who comes", async () => {
  const all = begin();
  const a = await all.add("a", {});
  const b = await all.add("b", {});
  const own = a.cast.histogram("h", { bounds: [1] });
  const other = b.cast.histogram("h", { bounds: [1, 2] });
  own.observe(0.5);
  other.observe(1.5);
  const viewer = await all.view(a);
  await all.tick(3);
  const later = await all.view(a);
  await all.tick();
  for (const { view, reason, state } of [...viewer.of("quality"), ...later.of("quality")])
    expect({ view: typeof view, reason, state }).toEqual({ view: "number", reason: "bounds", state: "live" });
  expect([viewer.of("quality").length, later.of("quality").length]).toEqual([1, 1]);
  const entries = later.of("frame").flatMap(({ series = [] }) => series);
  expect(entries.map(({ name, labels }) => [name, labels])).toEqual([
    ["h", undefined],
    ["h", { bounds: "1,2" }],
  ]);
  expect([...viewer.allFaults, ...later.allFaults]).toEqual([]);
});

test("two live instances of one name are both counted, told apart, and warned of", async () => {
  const all = begin();
  const a = await all.add("a", { g: 1 });
  const b = await all.add("b", { g: 10 });
  const viewer = await all.view(b);
  await all.tick(2);
  await all.add("a", { g: 100 });
  await all.tick(130);
  expect(viewer.last).toMatchObject({ missing: [], values: { g: 111 } });
  expect(b.warnings).toContain("MC_INSTANCE_DUPLICATE");
  expect(a.warnings).toContain("MC_INSTANCE_DUPLICATE");
  expect(b.cast.health().cluster?.instances.map(({ instance }) => instance)).toEqual(["b", "a", "a-2"]);
});

function differences(numbers: readonly unknown[] = []): number[] {
  return numbers.slice(1).map((value, k) => Number(value) - Number(numbers[k]));
}
