import type { StoredBlock, StorePeer } from "@metricast/core";
import {
  FaultProxy,
  RedisServer,
  type ReplicationSide,
  ReplicationStage,
  soundLedger,
  until,
} from "@metricast/testkit";
import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import { type RedisStoreOptions, redisStore } from "./index.js";

// What the store alone proves of the rows of docs/reliability-rows.json. Quicker than by default, in the same proportions.
const quick = { probeMs: 300, commandTimeoutMs: 400, connectTimeoutMs: 1_000 } as const;
const store =
  (options: RedisStoreOptions = {}) =>
  (port: number) =>
    redisStore({ ...quick, port, ...options });

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function server(...args: string[]): Promise<RedisServer> {
  const started = await RedisServer.start({ args });
  ends.push(() => started.stop());
  return started;
}

async function stageOn({ port }: RedisServer): Promise<ReplicationStage> {
  const stage = new ReplicationStage(port);
  ends.push(() => stage.stop());
  return stage;
}

/** A writer and a reader that are level, on a fresh server. */
async function pair(options: RedisStoreOptions = {}, ...args: string[]) {
  const redis = await server(...args);
  const stage = await stageOn(redis);
  const a = await stage.open("a", store(options));
  const b = await stage.open("b", store(options));
  await stage.appendFor(a, 50);
  await stage.level(b);
  return { redis, stage, a, b };
}

test("F23: down at start, it opens degraded, and joins with what it still holds", async () => {
  const redis = await server();
  const { port } = redis;
  await redis.kill();
  const stage = await stageOn(redis);
  const a = await stage.open("a", store());
  expect(a.store.status().status).toBe("degraded");
  await stage.appendFor(a, 500);
  await redis.start();
  expect(redis.port).toBe(port);
  expect(await stage.is(a, "ok", 2_000)).toBeLessThan(2_000);
  const b = await stage.open("b", store());
  await stage.level(b);
  expect(b.got.map(({ tick }) => tick)).toEqual(Array.from({ length: stage.ledger.last }, (_, at) => at + 1));
});

test("F24: killed and empty again, the living writer appends its window, and nothing is claimed that is not so", async () => {
  const { redis, stage, a, b } = await pair();
  await redis.kill();
  await stage.appendFor(a, 300);
  expect(a.store.status().status).toBe("degraded");
  await redis.start();
  await stage.level(b, 5_000);
  expect(stage.verdict()).toEqual(soundLedger);
  const c = await stage.open("c", store());
  await stage.level(c);
  expect(c.got[0]?.keyframe).toBe(true);
  expect(c.got.length).toBeLessThanOrEqual(stage.ledger.last);
});

test("F24: what was sealed is kept again, too, newest first, by who still holds it", async () => {
  const redis = await server();
  const peer = (instance: string, epoch: string): StorePeer => ({
    service: "s",
    instance,
    epoch,
    onBatch() {},
    onStatus() {},
  });
  const key = { channel: "metrics", instance: "a", epoch: "000000000000000a" };
  const blocks = Array.from({ length: 30 }, (_, at): StoredBlock => {
    const range = { fromTick: 120 * (29 - at), toTick: 120 * (30 - at), stepTicks: 1 };
    return { type: "block", ...key, ...range, expiresMs: Date.now() + 60_000, bytes: Buffer.alloc(50_000) };
  });
  const [a, b] = [store()(redis.port), store()(redis.port)];
  ends.push(
    () => a.close(),
    () => b.close(),
  );
  await a.open({ ...peer("a", key.epoch), held: () => blocks });
  await b.open(peer("b", "000000000000000b"));
  const append = (tick: number) =>
    a.append({ type: "batch", ...key, tick, keyframe: true, bytes: Buffer.from("x") });
  const kept = async () => {
    let count = 0;
    for await (const item of b.read({ channel: "metrics", fromTick: 0, toTick: 1e9 }))
      count += Number(item.type === "block");
    return count;
  };
  append(4_000);
  await until(
    async () =>
      (await redis.run("exists", ...[...(await redis.run("keys", "*stream*")).split("\n")])) === "1",
  );
  expect(await kept()).toBe(0);
  await redis.run("flushall");
  append(4_001);
  await until(async () => (await kept()) === 30);
  expect(a.status()).toMatchObject({ dropped: 0 });
});

test("F25: stopped, it is degraded within two probes, spools, and is level within 5 s of its return", async () => {
  const { redis, stage, a, b } = await pair();
  redis.pause();
  const seenMs = await stage.is(a, "degraded");
  await stage.is(b, "degraded");
  expect(seenMs).toBeLessThan(2 * (quick.probeMs + quick.commandTimeoutMs));
  await stage.appendFor(a, 1_500);
  // Nobody local waits for it, not even for a millisecond.
  const startMs = performance.now();
  for (let count = 0; count < 100; count += 1) stage.append(a);
  expect((performance.now() - startMs) / 100).toBeLessThan(1);
  expect(a.store.status().spoolBytes).toBeGreaterThan(0);
  expect(a.store.status().lagMs).toBeGreaterThan(1_000);
  redis.resume();
  expect(await stage.level(b)).toBeLessThan(5_000);
  await stage.is(a, "ok");
  expect(a.store.status()).toMatchObject({ spoolBytes: 0, dropped: 0 });
  expect(stage.verdict()).toEqual(soundLedger);
});

describe("F26: a silent read path", () => {
  test("is noticed by the read itself, and read on where it was", async () => {
    const { stage, a, b } = await pair();
    b.proxy.mode = "blackhole";
    const seenMs = await stage.is(b, "degraded");
    expect(seenMs).toBeLessThan(2 * quick.probeMs + quick.commandTimeoutMs);
    expect(a.store.status().status).toBe("ok");
    await stage.appendFor(a, 300);
    b.proxy.mode = "pass";
    expect(await stage.level(b)).toBeLessThan(5_000);
    expect(stage.verdict()).toEqual(soundLedger);
  });

  test("would not be noticed without deadlines", async () => {
    const { stage, b } = await pair({ probeMs: 20_000, commandTimeoutMs: 20_000 });
    b.proxy.mode = "blackhole";
    await expect(stage.is(b, "degraded", 1_500)).rejects.toThrow("not within 1500 ms");
    b.proxy.mode = "pass";
  });
});

test("F27: a node that turned replica is left for the new master, and the spool appended there", async () => {
  const { redis, stage, a, b } = await pair();
  const next = await server();
  const moved = async () => {
    await next.run("replicaof", "127.0.0.1", `${redis.port}`);
    await until(async () => (await next.run("info", "replication")).includes("master_link_status:up"));
    await next.run("replicaof", "no", "one");
    await redis.run("replicaof", "127.0.0.1", `${next.port}`);
    for (const { proxy } of [a, b]) proxy.retarget(next.port);
  };
  const appending = stage.appendFor(a, 2_000);
  await moved();
  for (const { proxy } of [a, b]) proxy.cut();
  await appending;
  expect(await stage.level(b)).toBeLessThan(5_000);
  expect(stage.verdict()).toEqual(soundLedger);
});

async function newestTick(redis: RedisServer): Promise<number> {
  const stream = await redis.run("--scan", "--pattern", "*stream/a/*");
  return Number((await redis.run("xrevrange", stream, "+", "-", "COUNT", "1")).split("-")[0]);
}

/** Redis lets go of a reader that was stopped, after more than the stream keeps. */
async function letGo(stage: ReplicationStage, redis: RedisServer, a: ReplicationSide, b: ReplicationSide) {
  b.proxy.mode = "blackhole";
  for (let count = 0; count < 2_000; count += 1) stage.append(a, 200);
  await until(async () => (await newestTick(redis)) === stage.ledger.last);
  await redis.run("client", "kill", "type", "normal", "skipme", "yes");
  b.proxy.cut();
  b.proxy.mode = "pass";
  await stage.level(b);
}

describe("F28: an instance whose connection Redis let go", () => {
  test("reads on, and sees what was trimmed meanwhile", async () => {
    const { redis, stage, a, b } = await pair();
    await letGo(stage, redis, a, b);
    expect(stage.verdict()).toEqual(soundLedger);
    expect(b.got.length).toBeLessThan(stage.ledger.last - 900);
  });

  test("would take the trimmed stream for whole without `prev`", async () => {
    const { redis, stage, a, b } = await pair();
    stage.declares = false;
    await letGo(stage, redis, a, b);
    expect(stage.verdict().falseContinuity).toBeGreaterThan(0);
    expect(stage.verdict().lost).toBeGreaterThan(900);
  });
});

describe("F29: a reply that is lost", () => {
  test("leads to the same batches once, though they are appended again", async () => {
    const { stage, a, b } = await pair();
    for (let round = 0; round < 3; round += 1) {
      a.proxy.mode = "swallowDown";
      await stage.appendFor(a, 100);
      a.proxy.cut();
      a.proxy.mode = "pass";
      await stage.appendFor(a, 100);
    }
    await stage.level(b);
    await stage.is(a, "ok");
    expect(stage.verdict()).toEqual(soundLedger);
    expect(a.store.status()).toMatchObject({ dropped: 0, spoolBytes: 0 });
  });

  test("would double a batch whose id Redis makes", async () => {
    const redis = await server();
    const proxy = await FaultProxy.listen(redis.port);
    ends.push(() => proxy.close());
    const settings = { commandTimeout: 200, maxRetriesPerRequest: 0, retryStrategy: () => 10 };
    const naive = new Redis(proxy.port, settings).on("error", () => {});
    ends.push(async () => naive.disconnect());
    const length = async () => Number(await redis.run("xlen", "stream"));
    await until(async () => (await naive.ping().catch(() => "")) === "PONG");
    proxy.mode = "swallowDown";
    await expect(naive.xadd("stream", "*", "tick", "1")).rejects.toThrow("timed out");
    await until(async () => (await length()) === 1);
    proxy.mode = "pass";
    proxy.cut();
    await until(async () => (await naive.xadd("stream", "*", "tick", "1").catch(() => null)) !== null);
    expect(await length()).toBeGreaterThan(1);
  });
});

const onStreams = (act: string) => [
  "eval",
  `for _,k in ipairs(redis.call('keys','*')) do if redis.call('type',k).ok=='stream' then ${act} end end`,
  "0",
];

describe("F30: whatever is flushed, trimmed or deleted", () => {
  const faults = [
    ["flushall"],
    onStreams("redis.call('del',k)"),
    onStreams("redis.call('xtrim',k,'maxlen',2)"),
    onStreams("redis.call('pexpire',k,1)"),
    ["eval", "for _,k in ipairs(redis.call('keys','*roster')) do redis.call('del',k) end", "0"],
  ];

  test("nothing that is missing is passed off as there, and the living writer appends its window again", async () => {
    const { redis, stage, a, b } = await pair();
    const appending = stage.appendFor(a, 2_000, 2);
    for (let round = 0; round < 30; round += 1) await redis.run(...(faults[round % faults.length] ?? []));
    await appending;
    await stage.level(b);
    expect(stage.verdict()).toEqual(soundLedger);
    stage.append(a);
    await stage.level(b);
    const c = await stage.open("c", store());
    await stage.level(c);
    expect(c.got.length).toBeGreaterThan(1);
  }, 40_000);

  /** A reader that is away while the stream is trimmed. */
  async function trimmed(declares: boolean) {
    const { redis, stage, a, b } = await pair();
    stage.declares = declares;
    b.proxy.mode = "refuse";
    b.proxy.cut();
    await stage.appendFor(a, 200);
    await until(() => a.store.status().spoolBytes === 0);
    await redis.run(...onStreams("redis.call('xtrim',k,'maxlen',2)"));
    b.proxy.mode = "pass";
    await stage.level(b);
    return stage.verdict();
  }

  test("a reader that was away is told by `prev`", async () => {
    expect(await trimmed(true)).toEqual(soundLedger);
  });

  test("would be told nothing without `prev`", async () => {
    expect((await trimmed(false)).falseContinuity).toBeGreaterThan(0);
  });
});

test("F31: out of memory it waits, asks at most once a second, and is level when there is room", async () => {
  const { redis, stage, a, b } = await pair();
  await stage.is(a, "ok");
  a.statuses.length = 0;
  await redis.run("config", "set", "maxmemory", "1");
  await stage.appendFor(a, 1_500);
  const { status, lastError = "", spoolBytes } = a.store.status();
  expect(status).toBe("degraded");
  expect(lastError).toContain("OOM");
  expect(spoolBytes).toBeGreaterThan(0);
  expect(a.statuses.map((one) => one.status)).toEqual(["degraded"]);
  await redis.run("config", "set", "maxmemory", "0");
  expect(await stage.level(b)).toBeLessThan(5_000);
  await stage.is(a, "ok");
  expect(stage.verdict()).toEqual(soundLedger);
});

test("F33: 200 ms away, a tick of anything takes at most three round trips to arrive", async () => {
  const { stage, a, b } = await pair({ probeMs: 1_000, commandTimeoutMs: 2_000 });
  for (const { proxy } of [a, b]) {
    proxy.latencyMs = 100;
    proxy.mode = "latency";
  }
  await stage.is(a, "ok");
  await stage.is(b, "ok");
  for (let round = 0; round < 3; round += 1) {
    for (let count = 0; count < 5; count += 1) stage.append(a, 4_000);
    expect(await stage.level(b)).toBeLessThan(3 * 200 + 100);
  }
  expect(stage.verdict()).toEqual(soundLedger);
});

test("F35: cut off alone, an instance spools; nobody ever gets two payloads under one key", async () => {
  const { stage, a, b } = await pair();
  a.proxy.mode = "refuse";
  a.proxy.cut();
  await stage.appendFor(a, 800);
  await stage.is(a, "degraded");
  expect(b.store.status().status).toBe("ok");
  a.proxy.mode = "pass";
  await stage.level(b);
  expect(stage.verdict()).toEqual(soundLedger);
  expect(new Set(b.got.map(({ tick }) => tick)).size).toBe(b.got.length);
});

test("what the spool has no room for goes oldest first, is counted, and is seen by who reads", async () => {
  const { redis, stage, a, b } = await pair({ maxSpoolBytes: 65_536 });
  redis.pause();
  for (let count = 0; count < 450; count += 1) stage.append(a, 200);
  await until(() => a.store.status().dropped > 0);
  const { dropped, spoolBytes } = a.store.status();
  expect(spoolBytes).toBeLessThanOrEqual(65_536);
  redis.resume();
  await stage.level(b);
  expect(a.store.status().dropped).toBeGreaterThanOrEqual(dropped);
  expect(b.got.length + a.store.status().dropped).toBe(stage.ledger.last);
  // After the hole, reading begins with a keyframe.
  const hole = b.got.findIndex(({ prev }, at) => at > 0 && prev !== b.got[at - 1]?.tick);
  expect(b.got[hole]?.keyframe).toBe(true);
  expect(stage.verdict()).toEqual(soundLedger);
});
