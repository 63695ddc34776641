import { clusterIntervalMs, type Instance, type Instances, type Viewer } from "@metricast/testkit";
import { describe, expect, test } from "vitest";
import { beginInstances } from "./testing/begun-instances.js";

const begin = beginInstances();

const outcomeOf = (viewer: Viewer) => viewer.of("subscribed").at(-1)?.items[0]?.resume;

/** The status that a balancer sees. */
async function readinessOf({ cast }: Instance): Promise<unknown> {
  const request = { method: "GET", query: "", remoteAddress: "10.0.0.1", secure: false, headers: new Map() };
  const answer = await cast.http({ ...request, path: "/health/ready" });
  return answer && "body" in answer ? [answer.status, answer.body] : undefined;
}

const starting = [503, '{"status":"starting"}'];
const ready = [200, '{"status":"ready"}'];

/** Two instances, a viewer of the first, and some ticks that it missed. */
async function cutOff(all: Instances) {
  const a = await all.add("a", { g: 1 });
  const b = await all.add("b", { g: 10 });
  const viewer = await all.view(a);
  await all.tick(4);
  viewer.drop();
  await all.tick(5);
  return { a, b, viewer, tick: viewer.last?.tick ?? 0 };
}

describe("resuming with an instance that followed everything meanwhile", () => {
  test("goes on with nothing missing where it was", async () => {
    const all = begin();
    const { a, viewer } = await cutOff(all);
    await all.resume(viewer, a);
    await all.tick(2);
    expect(outcomeOf(viewer)).toEqual({ outcome: "complete" });
    expect(viewer.allFaults).toEqual([]);
  });

  test("goes on with another, which gives what was missed", async () => {
    const all = begin();
    const { b, viewer, tick } = await cutOff(all);
    await all.resume(viewer, b);
    await all.tick(2);
    expect(viewer.of("subscribed").at(-1)?.items[0]).toMatchObject({
      resume: { outcome: "complete" },
      history: { from: tick, step: 1 },
    });
    expect(viewer.of("block").at(-1)?.series[0]?.last).toEqual([11, 11, 11, 11, 11]);
    expect(viewer.allFaults).toEqual([]);
  });
});

/** From one keyframe to the next nothing can be read where a batch between them never came. */
const chainTicks = 130;

describe.each([
  ["of all", {}],
  ["of one by its name", { merge: "instance", instance: "b" }],
] as const)("resuming a view %s, whose batch never came", (_, item) => {
  async function lost(goneTicks: number) {
    const all = begin();
    const a = await all.add("a", { g: 1 });
    const b = await all.add("b", { g: 10 });
    await all.tick(2);
    const viewer = await all.view(a, item);
    await all.tick(2);
    b.line.loseNext();
    await all.tick(chainTicks - goneTicks);
    viewer.drop();
    await all.tick(goneTicks);
    await all.resume(viewer, a);
    return outcomeOf(viewer);
  }

  test("begins anew where it was to be shown since", async () => {
    expect(await lost(chainTicks)).toEqual({ outcome: "reset", reason: "expired" });
  });

  test("goes on with nothing missing where it was over before", async () => {
    expect(await lost(3)).toEqual({ outcome: "complete" });
  });
});

describe("resuming with an instance that is a tick behind", () => {
  test("goes on with what that shows, and nothing is lost", async () => {
    const all = begin();
    const { a, b, viewer } = await cutOff(all);
    await all.resume(viewer, a);
    await all.tick(2);
    a.line.hold(true);
    await all.tick();
    const ahead = viewer.last?.tick ?? 0;
    await all.resume(viewer, b);
    expect(outcomeOf(viewer)).toEqual({ outcome: "complete" });
    expect(viewer.last).toMatchObject({ tick: ahead - 1, values: { g: 11 } });
    a.line.hold(false);
    await all.tick(2);
    expect(viewer.last).toMatchObject({ tick: ahead + 2, missing: [], values: { g: 11 } });
    expect(viewer.allFaults).toEqual([]);
  });

  test("begins anew with a position of a tick that nobody can have seen", async () => {
    const all = begin();
    const { b, viewer } = await cutOff(all);
    const { position = "" } = viewer.of("frame").findLast((frame) => frame.position !== undefined) ?? {};
    const bent = position.replace(/[0-9]+$/, (tick) => `${Number(tick) + 20}`);
    expect(outcomeOf(await all.view(b, { position: bent }))).toEqual({ outcome: "reset", reason: "ahead" });
  });
});

describe("resuming with an instance that came later", () => {
  test("goes on, without a promise, with what that took from the store", async () => {
    const all = begin();
    const { viewer, tick } = await cutOff(all);
    const c = await all.add("c", { g: 100 });
    await all.tick(4);
    await all.resume(viewer, c);
    await all.tick(2);
    expect(outcomeOf(viewer)).toMatchObject({ outcome: "backfilled", ranges: [tick, expect.any(Number), 1] });
    expect(viewer.of("block").at(-1)?.series[0]?.last.slice(0, 4)).toEqual([11, 11, 11, 11]);
    expect(viewer.allFaults).toEqual([]);
  });

  test.each(["a", "b"])(
    "goes on where the one that gave the position out has gone, with the next %s",
    async (name) => {
      const all = begin();
      const { a, b, viewer, tick } = await cutOff(all);
      await all.stop(a);
      // Whoever is asked has never heard of the process that the position is of.
      if (name === "b") {
        await all.add("a", { g: 1 });
        await all.tick(2);
        await all.stop(b);
      }
      const next = await all.add(name, { g: name === "a" ? 1 : 10 });
      await all.tick(2);
      await all.resume(viewer, next);
      await all.tick(2);
      expect(outcomeOf(viewer)).toMatchObject({
        outcome: "backfilled",
        ranges: [tick, expect.any(Number), 1],
      });
      expect(viewer.of("block").at(-1)?.series[0]?.last.slice(0, 5)).toEqual([11, 11, 11, 11, 11]);
      expect(viewer.last).toMatchObject({ missing: [], values: { g: 11 } });
      expect(viewer.allFaults).toEqual([]);
    },
  );

  test("begins anew with a position of nobody who is known", async () => {
    const all = begin();
    const { a } = await cutOff(all);
    const viewer = await all.view(a, { position: "v1.00000000000000ff-c.1" });
    expect(outcomeOf(viewer)).toEqual({ outcome: "reset", reason: "epoch_changed" });
  });
});

describe("resuming with an instance that has only begun", () => {
  test("waits until that shows what the others show, and no balancer sends anybody there before", async () => {
    const all = begin();
    const { viewer, tick } = await cutOff(all);
    const c = await all.add("c", { g: 100 });
    await all.resume(viewer, c);
    expect([outcomeOf(viewer), await readinessOf(c)]).toEqual([undefined, starting]);
    await all.tick(2);
    expect(outcomeOf(viewer)).toMatchObject({ outcome: "backfilled", ranges: [tick, expect.any(Number), 1] });
    expect(await readinessOf(c)).toEqual(ready);
    expect(viewer.of("block").at(-1)?.series[0]?.last.slice(0, 5)).toEqual([11, 11, 11, 11, 11]);
    expect(viewer.allFaults).toEqual([]);
  });

  test("waits no longer than eight seconds, and is told what it would be without waiting", async () => {
    const all = begin();
    const { viewer } = await cutOff(all);
    const c = await all.add("c", { g: 100 }, { line: (line) => line.deafen(true) });
    await all.resume(viewer, c);
    await all.advance(7_500);
    expect([outcomeOf(viewer), await readinessOf(c)]).toEqual([undefined, starting]);
    await all.advance(500);
    expect(outcomeOf(viewer)).toEqual({ outcome: "reset", reason: "epoch_changed" });
    expect(await readinessOf(c)).toEqual(ready);
  });

  test("does not wait for a store that is away", async () => {
    const all = begin();
    const { viewer } = await cutOff(all);
    const c = await all.add("c", { g: 100 }, { line: (line) => line.away(true) });
    await all.resume(viewer, c);
    expect(outcomeOf(viewer)).toEqual({ outcome: "reset", reason: "epoch_changed" });
    expect(await readinessOf(c)).toEqual(ready);
  });

  test.each([true, false])(
    "does not wait where nobody else is, be there no store (%s) or one",
    async (keepAlone) => {
      const all = begin();
      const a = await all.add("a", { g: 1 }, { keepAlone });
      const beganMs = all.clock.dateMs();
      const viewer = await all.view(a);
      await all.resume(viewer, a);
      expect(outcomeOf(viewer)).toEqual({ outcome: "complete" });
      expect(await readinessOf(a)).toEqual(ready);
      expect(all.clock.dateMs() - beganMs).toBeLessThan(clusterIntervalMs);
    },
  );

  test("lets in at once who comes without a position", async () => {
    const all = begin();
    await cutOff(all);
    const viewer = await all.view(await all.add("c", { g: 100 }));
    expect(viewer.of("subscribed").length).toBe(1);
  });
});
