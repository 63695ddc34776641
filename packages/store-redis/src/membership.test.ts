import { setImmediate as immediate } from "node:timers/promises";
import { FaultProxy, manualClock, RedisServer, until } from "@metricast/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { redisStore } from "./index.js";

// Deadlines of the store go by the manual clock; those of ioredis do not, and are too far off to matter.
const options = { connectTimeoutMs: 30_000, commandTimeoutMs: 60_000 } as const;
const peer = { service: "s", instance: "i", epoch: "000000000000000a", onBatch() {}, onStatus() {} };

const ends: (() => Promise<unknown>)[] = [];
let server: RedisServer;
let proxy: FaultProxy;
beforeEach(async () => {
  server = await RedisServer.start();
  ends.push(() => server.stop());
  proxy = await FaultProxy.listen(server.port);
  ends.push(() => proxy.close());
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function stalled() {
  const clock = manualClock();
  const store = redisStore({ ...options, port: proxy.port, clock });
  ends.push(() => {
    const closed = store.close();
    clock.advance(2 * options.commandTimeoutMs);
    return closed;
  });
  return { clock, store };
}

const hasHeard = (command: string) => async () =>
  (await server.run("info", "commandstats")).includes(`cmdstat_${command}:`);

/** Whether a promise is settled once everything that is due has run. */
function watched(promise: Promise<void>): () => Promise<boolean> {
  let isDone = false;
  void promise.then(() => {
    isDone = true;
  });
  return async () => {
    for (let turn = 0; turn < 10; turn += 1) await immediate();
    return isDone;
  };
}

test("opening waits for a Redis that does not answer as long as connecting may take", async () => {
  const { clock, store } = stalled();
  proxy.mode = "swallowDown";
  const isOpen = watched(store.open(peer));
  await until(hasHeard("time"));
  clock.advance(options.connectTimeoutMs - 1);
  expect(await isOpen()).toBe(false);
  clock.advance(1);
  expect(await isOpen()).toBe(true);
  expect(store.status().status).toBe("degraded");
});

test("opening waits for no Redis that cannot be reached", async () => {
  const { store } = stalled();
  proxy.mode = "refuse";
  await store.open(peer);
  expect(store.status().status).toBe("degraded");
});

test("closing waits for a Redis that answers no more as long as two commands may take", async () => {
  const { clock, store } = stalled();
  await store.open(peer);
  await until(() => store.status().status === "ok");
  proxy.mode = "blackhole";
  const key = { channel: "metrics", instance: peer.instance, epoch: peer.epoch };
  store.append({ type: "batch", ...key, tick: 1, keyframe: true, bytes: Buffer.from("x") });
  const isClosed = watched(store.close());
  clock.advance(2 * options.commandTimeoutMs - 1);
  expect(await isClosed()).toBe(false);
  clock.advance(1);
  expect(await isClosed()).toBe(true);
  expect(store.status().lastError).toContain("closing");
});
