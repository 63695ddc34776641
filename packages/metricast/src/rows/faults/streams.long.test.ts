import { setTimeout as sleep } from "node:timers/promises";
import { FaultProxy, noteFigure, type Shape, ShapingProxy, SsePeer, until } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { streams } from "./door.js";
import { watchThrough } from "./door-reader.js";
import { FaultClient } from "./fault-client.js";
import { FaultService } from "./fault-service.js";
import { intervalMs } from "./interval.js";
import { type Network, serviceNetwork } from "./service-network.js";

// What of the network's faults a client can meet that only reads. What a stream does not have, a greeting, pongs, a window, is
// not here; readers that stop are in the transport's own suite.

const sound = { lost: 0, doubled: 0, wrong: 0 };
const watch = (port: number) => watchThrough(streams, port);

async function behind(service: FaultService, shape: Shape): Promise<ShapingProxy> {
  const proxy = await ShapingProxy.listen(service.port, shape);
  onTestFinished(() => proxy.close());
  return proxy;
}

test("F2: readers of a frozen service go to where they are answered, and it keeps nothing of them", async () => {
  const options = "{ heartbeatMs: 200, deadAfterMs: 600 }";
  const frozen = await FaultService.start({ door: streams, options });
  const other = await FaultService.start({ door: streams, options });
  const proxy = await FaultProxy.listen(frozen.port);
  onTestFinished(() => proxy.close());
  const { client, verdict } = watch(proxy.port);
  await until(() => verdict().shown > 3);
  frozen.child.signal("SIGSTOP");
  proxy.retarget(other.port);
  await until(() => client.state.name !== "live", 10_000, "the client notices");
  await until(() => client.state.name === "live", 10_000, "the client is back");
  const { shown } = verdict();
  await until(() => verdict().shown >= shown + 3, 10_000, "ticks of the other");
  frozen.child.signal("SIGCONT");
  await frozen.settled(0);
  expect(verdict()).toMatchObject(sound);
});

test("F15: over a link that carries a quarter of it a stream gets blocks or is told what it misses, and is not closed", async ({
  task,
}) => {
  // 400 KB a second of numbers that no codec shortens: what the system takes of it before the service feels anything is full soon.
  const service = await FaultService.start({
    door: streams,
    options: `{
      maxInFlightBytes: 16_384,
      sources: [({ now }) => ({ tick: now / ${intervalMs}, ...Object.fromEntries(Array.from({ length: 2_000 }, (_, k) => ["noise_" + k, Math.random()])) })],
    }`,
  });
  const proxy = await behind(service, { bytesPerSecond: 100_000, splitBytes: 10_000 });
  const { client, subscription, outcomes, verdict } = watch(proxy.port);
  let isCoarse = false;
  subscription.on("quality", ({ state }) => (isCoarse ||= state !== "live"));
  await until(() => isCoarse, 180_000, "blocks instead of frames");
  const { shown } = verdict();
  // To look at so many series takes long itself.
  const later = () => sleep(1_000).then(() => verdict().shown > shown + 20);
  await until(later, 120_000, "later ticks");
  const ages = () => Date.now() - (subscription.series.latest().get("tick")?.value ?? 0) * intervalMs;
  const { left } = await service.report();
  noteFigure(
    task,
    `${left.length} closes; newest value ${(ages() / 1_000).toFixed(0)} s old, which is what the system had taken, at 100 KB a second`,
  );
  expect([left, outcomes, client.state.name]).toEqual([[], [], "live"]);
  expect(verdict()).toMatchObject(sound);
});

test("F16: of readers whose network vanishes nothing is left once the system gives them up", async ({
  task,
}) => {
  const network: Network = serviceNetwork();
  const service = await FaultService.start({ door: streams, ...network, options: "{ heartbeatMs: 300 }" });
  const before = await service.report();
  const readers = await Promise.all(
    Array.from({ length: 20 }, () => SsePeer.open(`${service.url.replace("ws:", "http:")}stream`)),
  );
  onTestFinished(() => {
    for (const reader of readers) reader.destroy();
  });
  await service.settled(20, 60_000);
  const fromMs = performance.now();
  network.vanish();
  await service.settled(0, 120_000);
  const freedMs = performance.now() - fromMs;
  const after = await service.report();
  noteFigure(
    task,
    `20 readers freed after ${(freedMs / 1_000).toFixed(1)} s where the system tries ${network.retries} times`,
  );
  expect(after.left).toEqual(readers.map(() => 1006));
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
});

test("F20: a reader that was asleep is told the truth when it wakes", async ({ task }) => {
  const service = await FaultService.start({
    door: streams,
    options: "{ heartbeatMs: 200, deadAfterMs: 600, maxResumePoints: 10_000 }",
  });
  const sleeper = await FaultClient.start(service.url, streams.transport);
  await until(async () => (await sleeper.verdict()).shown > 3, 30_000);
  sleeper.signal("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const { shown } = await awake(sleeper);
  await until(async () => (await sleeper.verdict()).shown > shown + 10, 30_000, "later ticks");
  const { outcomes, ...verdict } = await sleeper.verdict();
  noteFigure(task, `told ${outcomes.join(", ")}; ${verdict.lost} false claims of continuity`);
  expect(verdict).toMatchObject(sound);
});

function awake(sleeper: FaultClient) {
  sleeper.signal("SIGCONT");
  return sleeper.verdict();
}

test.each<[string, Shape]>([
  ["every byte in a segment of its own", { splitBytes: 1 }],
  ["many messages in one segment", { gatherMs: 350 }],
  ["three bytes at a time, late", { splitBytes: 3, gatherMs: 50 }],
])("F21: %s: nothing is lost or read twice", async (_, shape) => {
  const service = await FaultService.start({ door: streams });
  const { verdict, outcomes } = watch((await behind(service, shape)).port);
  await until(() => verdict().shown > 25, 30_000, "25 ticks");
  expect([verdict(), outcomes]).toMatchObject([sound, []]);
});

describe("F22: a gateway that cuts what is idle", () => {
  const idleMs = 1_500;

  test("never cuts a stream at a heartbeat below its patience", async () => {
    const options = "{ heartbeatMs: 300, deadAfterMs: 20_000, intervalMs: 60_000 }";
    const service = await FaultService.start({ door: streams, options });
    const proxy = await behind(service, { idleMs });
    const { client } = watch(proxy.port);
    await until(() => client.state.name === "live");
    await new Promise((resolve) => setTimeout(resolve, 3 * idleMs));
    expect([proxy.idleCuts, client.state.name]).toEqual([0, "live"]);
  });

  test("twin: without a heartbeat it cuts; the next stream has everything", async () => {
    const options = "{ heartbeatMs: 300_000, deadAfterMs: 900_000, intervalMs: 4_000 }";
    const service = await FaultService.start({ door: streams, options });
    const proxy = await behind(service, { idleMs });
    const { outcomes, verdict } = watch(proxy.port);
    await until(() => proxy.idleCuts > 0 && outcomes.length > 0, 30_000, "a cut and a resume");
    expect(new Set(outcomes)).toEqual(new Set(["complete"]));
    expect(verdict(4_000)).toMatchObject(sound);
  });
});
