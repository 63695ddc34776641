import { connect } from "@metricast/client";
import { FaultProxy, noteFigure, until } from "@metricast/testkit";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { doors } from "./door.js";
import { FaultService, type FaultServiceOptions } from "./fault-service.js";
import { tickVerdict } from "./tick-ledger.js";

// Processes are started: on a busy machine that alone takes long.
vi.setConfig({ testTimeout: 240_000 });

const sound = { lost: 0, doubled: 0, wrong: 0 };

describe.each(doors)("through $name", (door) => {
  const quick = "{ heartbeatMs: 200, deadAfterMs: 1_000 }";

  test("F1: a host that computes for three heartbeats loses nobody, and makes nothing up in a burst", async ({
    task,
  }) => {
    const service = await FaultService.start({ door, options: quick });
    const clients = await Promise.all(Array.from({ length: 5 }, () => service.open()));
    const views = await Promise.all(clients.map((client) => client.watch()));
    await until(() => views.every(({ frames }) => frames.length > 2));
    const arrivals = views.map((view) => {
      const times: number[] = [];
      view.onFrame = () => times.push(performance.now());
      return times;
    });
    const from = performance.now();
    service.block(3_000);
    await until(
      () => arrivals.every((times) => times.some((time) => time > from + 2_900)),
      10_000,
      "frames afterwards",
    );
    await until(() => arrivals.every((times) => times.length > 3));
    // Two ticks may lie a moment apart where the block ended just before the second.
    const bursts = arrivals.map((times) => {
      const [first = 0] = times.filter((time) => time > from + 2_900);
      return times.filter((time) => time >= first && time < first + 50).length;
    });
    const { sessions, left } = await service.report();
    noteFigure(
      task,
      `${left.length} clients dropped; ${Math.max(...bursts)} frames in the first 50 ms, at 10 ticks a second`,
    );
    expect({ sessions, left }).toEqual({ sessions: 5, left: [] });
    expect(Math.max(...bursts)).toBeLessThanOrEqual(2);
    expect(views.flatMap(({ faults }) => faults)).toEqual([]);
    // The ticks of the standstill are not sampled: the next frame names the one before it.
    const jumps = views.map(({ frames }) =>
      frames.some(({ prev, tick }) => prev !== undefined && tick - prev > 20),
    );
    expect(jumps).toEqual(jumps.map(() => true));
  });

  test("F2: of a frozen service clients notice, go to where they are answered, and leave nothing behind", async ({
    task,
  }) => {
    const options = "{ heartbeatMs: 200, deadAfterMs: 600 }";
    const [frozen, other] = [
      await FaultService.start({ door, options }),
      await FaultService.start({ door, options }),
    ];
    const proxy = await FaultProxy.listen(frozen.port);
    onTestFinished(() => proxy.close());
    const client = connect(`ws://127.0.0.1:${proxy.port}/metricast/`, {
      WebSocket,
      reconnect: { minMs: 50, maxMs: 200 },
    });
    onTestFinished(() => client.close());
    const subscription = client.subscribe();
    await until(() => tickVerdict(subscription).shown > 3);
    const before = await frozen.report();

    const stoppedMs = performance.now();
    frozen.child.signal("SIGSTOP");
    proxy.retarget(other.port);
    await until(() => client.state.name !== "live", 10_000, "the client notices");
    const noticedMs = performance.now();
    const count = () => tickVerdict(subscription).shown;
    await until(() => client.state.name === "live", 10_000, "the client is back");
    const held = count();
    await until(() => count() >= held + 3, 10_000, "ticks of the other");
    const backMs = performance.now();
    frozen.child.signal("SIGCONT");
    await frozen.settled(0);

    noteFigure(
      task,
      `noticed after ${round(noticedMs - stoppedMs)} ms at a heartbeat of 200 ms; back ${round(backMs - noticedMs)} ms later; ledger 0`,
    );
    expect(noticedMs - stoppedMs).toBeLessThan(3_000);
    expect(backMs - noticedMs).toBeLessThan(5_000);
    expect(tickVerdict(subscription)).toMatchObject(sound);
    // A socket that nobody closes in answer may stay for a while after its session.
    await until(
      async () => (await frozen.report()).descriptors < before.descriptors,
      30_000,
      "its descriptor is given back",
    );
  });

  test("F8: 500 readers that stop, and a heap of 128 MB", async ({ task }) => {
    const perSession = 65_536;
    const { written, frame, clients } = await stalledCrowd(await FaultService.start(wide(door, "{}")), 500);
    const outside = written - clients.reduce((sum, { peer }) => sum + peer.bytesTaken, 0);
    noteFigure(task, `no out-of-memory; ${round(outside / 500 / 1_024)} KB in flight per reader`);
    expect(outside).toBeGreaterThan(500 * perSession * 0.5);
    expect(outside).toBeLessThanOrEqual(500 * (perSession + frame));
  });

  test("F8: twin: without the bound in flight the system is handed far more", {
    timeout: 60_000,
  }, async () => {
    const { written, clients } = await stalledCrowd(
      await FaultService.start(wide(door, "{ maxInFlightBytes: 16 * 1_048_576 }")),
      20,
    );
    const outside = written - clients.reduce((sum, { peer }) => sum + peer.bytesTaken, 0);
    expect(outside).toBeGreaterThan(20 * 2 * 65_536);
  });
});

/** 200 numbers of many digits, in a small heap: about 4 KB a tick. */
function wide(door: FaultServiceOptions["door"], options: string): FaultServiceOptions {
  return {
    door,
    flags: ["--max-old-space-size=128"],
    options: `{
      deadAfterMs: 600_000, heartbeatMs: 300_000,
      sources: [({ now }) => Object.fromEntries(Array.from({ length: 200 }, (_, k) => ["wide_" + k, Math.sin(now + k) * 1e6]))],
      ...(${options})
    }`,
  };
}

/** They watch, stop reading, and more is made than each may have in flight. */
async function stalledCrowd(service: FaultService, count: number) {
  const clients = await Promise.all(Array.from({ length: count }, () => service.open()));
  for (const client of clients) {
    await client.watch();
    client.peer.pause();
  }
  const honest = await (await service.open()).watch();
  await until(() => honest.frames.length > 40, 30_000, "40 ticks");
  const { written } = await service.report();
  const frame = Math.max(...honest.frames.map((one) => JSON.stringify(one).length));
  return { clients, written, frame };
}

function round(value: number): number {
  return Math.round(value);
}
