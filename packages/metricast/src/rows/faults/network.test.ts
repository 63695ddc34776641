import { connect as connectTcp } from "node:net";
import { connect } from "@metricast/client";
import { noteFigure, type Shape, ShapingProxy, until, upgradeRequest, WireClient } from "@metricast/testkit";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { doors } from "./door.js";
import { FaultClient } from "./fault-client.js";
import { FaultService } from "./fault-service.js";
import { tickVerdict } from "./tick-ledger.js";

// Processes are started: on a busy machine that alone takes long.
vi.setConfig({ testTimeout: 240_000 });

const sound = { lost: 0, doubled: 0, wrong: 0 };

async function behind(service: FaultService, shape: Shape): Promise<{ proxy: ShapingProxy; url: string }> {
  const proxy = await ShapingProxy.listen(service.port, shape);
  onTestFinished(() => proxy.close());
  return { proxy, url: `ws://127.0.0.1:${proxy.port}/metricast/` };
}

/** Of 50 clients that come one after the other, in milliseconds. */
async function slowestConnect(service: FaultService): Promise<number> {
  const waits: number[] = [];
  for (let honest = 0; honest < 50; honest += 1) {
    const fromMs = performance.now();
    const { peer } = await service.open();
    waits.push(performance.now() - fromMs);
    peer.destroy();
  }
  return Math.max(...waits);
}

describe.each(doors)("through $name", (door) => {
  test("F15: over a link too slow for every tick the newest value keeps coming, and nobody is closed", async ({
    task,
  }) => {
    // 30 KB a second of numbers that no codec shortens, over 64 kbit/s.
    const service = await FaultService.start({
      door,
      options: `{
        maxInFlightBytes: 4_096, heartbeatMs: 500, deadAfterMs: 20_000,
        sources: [({ now }) => ({ tick: now / 100, ...Object.fromEntries(Array.from({ length: 150 }, (_, k) => ["noise_" + k, Math.random()])) })],
      }`,
    });
    const { url } = await behind(service, { bytesPerSecond: 8_000, splitBytes: 800 });
    const client = await WireClient.open(url);
    onTestFinished(() => client.peer.destroy());
    const view = await client.watch();
    const staleness: number[] = [];
    view.onFrame = ({ tick }) => staleness.push(Date.now() - tick * 100);
    await until(() => view.qualities.some(({ state }) => state === "coarse"), 30_000, "a coarse step");
    await until(() => staleness.length > 10, 60_000, "frames");
    const { left } = await service.report();
    const newest = Math.max(...staleness.slice(1));
    noteFigure(
      task,
      `newest value ${(newest / 1_000).toFixed(1)} s old at most where the link carries a quarter of the ticks; ${left.length} closes`,
    );
    expect(left).toEqual([]);
    expect(newest).toBeLessThan(10_000);
    expect(view.faults).toEqual([]);
  });

  test("F18: slow beginnings are ended by the host, mute sessions by metricast, and nobody waits for them", async ({
    task,
  }) => {
    const service = await FaultService.start({
      door,
      options: `{ public: false, secret: "a secret of more than 16 characters", authenticate: () => null, helloTimeoutMs: 2_000 }`,
      // A host with short times of its own: what comes before the upgrade is Node's to end.
      before:
        "globalThis.hostOptions = { headersTimeout: 2_000, requestTimeout: 3_000, connectionsCheckingInterval: 500 };",
    });
    const quiet = await slowestConnect(service);
    const request = upgradeRequest(service.url);
    let ended = 0;
    const slow = Array.from({ length: 500 }, () => {
      const socket = connectTcp(service.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.on("close", () => (ended += 1));
      socket.resume();
      let at = 0;
      const timer = setInterval(() => socket.write(request.charAt(at++)), 1_000);
      socket.on("close", () => clearInterval(timer));
      return socket;
    });
    onTestFinished(() => {
      for (const socket of slow) socket.destroy();
    });
    const mute = await Promise.all(Array.from({ length: 500 }, () => service.open()));
    const mutedMs = performance.now();
    const beset = await slowestConnect(service);
    expect(await Promise.all(mute.map((client) => client.closed()))).toEqual(mute.map(() => 4008));
    const goneMs = performance.now() - mutedMs;
    await until(
      () => ended === slow.length,
      60_000,
      () => `${slow.length - ended} slow ones are left`,
    );
    noteFigure(
      task,
      `slowest of 50 honest connects ${beset.toFixed(0)} ms, ${quiet.toFixed(0)} ms without them; mute ones gone after ${(goneMs / 1_000).toFixed(1)} s at helloTimeoutMs 2,000`,
    );
    // Where the machine alone takes longer, it is held to that.
    expect(beset).toBeLessThan(Math.max(200, 3 * quiet));
    expect(goneMs).toBeLessThan(11_000);
    await service.settled(0);
  });

  test("F18: twin: a session that may take its time stays, however mute", async () => {
    const service = await FaultService.start({
      door,
      options: `{ public: false, secret: "a secret of more than 16 characters", authenticate: () => null, helloTimeoutMs: 300_000 }`,
    });
    const { peer } = await service.open();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(peer.closeCode).toBeUndefined();
  });

  describe("F21: the same bytes, cut and glued", () => {
    test.each<[string, Shape]>([
      ["every byte in a segment of its own", { splitBytes: 1 }],
      ["many messages in one segment", { gatherMs: 350 }],
      ["three bytes at a time, late", { splitBytes: 3, gatherMs: 50 }],
    ])("%s: the transcript is that of a clean run", async (_, shape) => {
      const service = await FaultService.start({ door });
      const { url } = await behind(service, shape);
      const clean = await service.open();
      const shaped = await WireClient.open(url);
      onTestFinished(() => shaped.peer.destroy());
      const views = [await clean.watch(), await shaped.watch()] as const;
      await until(() => views.every(({ frames }) => frames.length > 25), 30_000, "25 frames");
      const [mine, theirs] = views.map(
        ({ frames }) => new Map(frames.slice(1).map((frame) => [frame.tick, frame.v])),
      );
      const common = [...(mine?.keys() ?? [])].filter((tick) => theirs?.has(tick));
      expect(common.length).toBeGreaterThan(15);
      for (const tick of common) expect(theirs?.get(tick)).toEqual(mine?.get(tick));
      expect(views.flatMap(({ faults }) => faults)).toEqual([]);
    });
  });

  describe("F22: a gateway that cuts what is idle", () => {
    const idleMs = 1_500;

    test("never cuts at a heartbeat below its patience", async ({ task }) => {
      const service = await FaultService.start({
        door,
        options: "{ heartbeatMs: 300, deadAfterMs: 20_000, intervalMs: 60_000 }",
      });
      const { proxy, url } = await behind(service, { idleMs });
      const client = await WireClient.open(url);
      onTestFinished(() => client.peer.destroy());
      await client.watch();
      await new Promise((resolve) => setTimeout(resolve, 3 * idleMs));
      noteFigure(
        task,
        `${proxy.idleCuts} cuts in ${3 * idleMs} ms of silence, idle limit ${idleMs} ms, heartbeat 300 ms`,
      );
      expect([proxy.idleCuts, client.peer.closeCode]).toEqual([0, undefined]);
    });

    test("twin: without a heartbeat it cuts; the client resumes and has everything", async () => {
      const service = await FaultService.start({
        door,
        options: "{ heartbeatMs: 300_000, deadAfterMs: 900_000, intervalMs: 4_000 }",
      });
      const { proxy, url } = await behind(service, { idleMs });
      const client = connect(url, { WebSocket, reconnect: { minMs: 20, maxMs: 50 } });
      onTestFinished(() => client.close());
      const subscription = client.subscribe();
      const outcomes: string[] = [];
      subscription.on("resumed", ({ outcome }) => outcomes.push(outcome));
      await until(() => proxy.idleCuts > 0 && outcomes.length > 0, 30_000, "a cut and a resume");
      expect(new Set(outcomes)).toEqual(new Set(["complete"]));
      expect(tickVerdict(subscription, 4_000)).toMatchObject(sound);
    });
  });

  test("F20: a client that was asleep is told the truth when it wakes", async ({ task }) => {
    const service = await FaultService.start({
      door,
      options: "{ heartbeatMs: 200, deadAfterMs: 600, maxResumePoints: 10_000 }",
    });
    const sleeper = await FaultClient.start(service.url, door.transport);
    await until(async () => (await sleeper.verdict()).shown > 3, 30_000);
    sleeper.signal("SIGSTOP");
    await service.settled(0);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    sleeper.signal("SIGCONT");
    await until(async () => (await sleeper.verdict()).outcomes.length > 0, 30_000, "a resume");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { outcomes, ...verdict } = await sleeper.verdict();
    noteFigure(task, `told ${outcomes.join(", ")}; ${verdict.lost} false claims of continuity`);
    expect(verdict).toMatchObject(sound);
  });
});
