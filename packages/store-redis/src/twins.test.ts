import { inspect } from "node:util";
import { type StoredBatch, type StorePeer, systemClock } from "@metricast/core";
import { FaultProxy, RedisServer, ReplicationStage, until } from "@metricast/testkit";
import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import type { AppenderParts } from "./appender.js";
import { makeClient } from "./clients.js";
import { textOfFault } from "./fault.js";
import { redisStore } from "./index.js";
import { Keys } from "./keys.js";
import { resolveOptions } from "./resolve-options.js";
import { BareWriter } from "./testing/bare-writer.js";

// The faults of faults.alone.test.ts with what protects from them left out: that they do harm then.
const quick = { probeMs: 200, commandTimeoutMs: 2_000, connectTimeoutMs: 2_000 } as const;
const patient = { ...quick, probeMs: 20_000, commandTimeoutMs: 20_000 } as const;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(...args: string[]): Promise<RedisServer> {
  const redis = await RedisServer.start({ args });
  ends.push(() => redis.stop());
  return redis;
}

async function proxyTo({ port }: RedisServer): Promise<FaultProxy> {
  const proxy = await FaultProxy.listen(port);
  ends.push(() => proxy.close());
  return proxy;
}

function bareWriter(...parts: ConstructorParameters<typeof BareWriter>): BareWriter {
  const writer = new BareWriter(...parts);
  ends.push(() => writer.stop());
  return writer;
}

async function pair(redis: RedisServer, options: typeof quick | typeof patient) {
  const stage = new ReplicationStage(redis.port);
  ends.push(() => stage.stop());
  const make = (port: number) => redisStore({ ...options, port });
  const [a, b] = [await stage.open("a", make), await stage.open("b", make)];
  await stage.appendFor(a, 50);
  await stage.level(b);
  return { stage, a, b };
}

test("F23: twin: a client that waits by itself answers nobody and holds whatever is written", async () => {
  const redis = await started();
  await redis.kill();
  const refused: Error[] = [];
  const client = new Redis(redis.port).on("error", (error) => void refused.push(error));
  ends.push(() => client.disconnect());
  let answered = 0;
  const megabytes = Array.from({ length: 10 }, async () => {
    await client.xadd("stream", "*", "b", Buffer.alloc(1_048_576));
    answered += 1;
  });
  await until(() => refused.length > 2);
  expect(answered).toBe(0);
  await redis.start();
  await Promise.all(megabytes);
  expect(await redis.run("xlen", "stream")).toBe("10");
});

test("F24: twin: a reader that goes by the order alone takes what came back for whole", async () => {
  const redis = await started();
  const { stage, a, b } = await pair(redis, quick);
  stage.declares = false;
  b.proxy.mode = "refuse";
  b.proxy.cut();
  for (let count = 0; count < 600; count += 1) stage.append(a);
  const { instance, epoch } = a.peer;
  const key = new Keys("metricast", "faults", 0).stream({ channel: "metrics", instance, epoch });
  const newest = () => redis.run("xrevrange", key, "+", "-", "COUNT", "1");
  await until(async () => (await newest()).startsWith(`${stage.ledger.last}-`));
  await redis.kill();
  await redis.start();
  b.proxy.mode = "pass";
  await stage.level(b);
  expect(stage.verdict().falseContinuity).toBeGreaterThan(0);
  expect(stage.verdict().lost).toBeGreaterThan(300);
});

test("F25: twin: without deadlines nobody notices that it was stopped", async () => {
  const redis = await started();
  const { stage, a, b } = await pair(redis, patient);
  redis.pause();
  await stage.appendFor(a, 1_500);
  expect([a, b].map(({ store }) => store.status().status)).toEqual(["ok", "ok"]);
  expect(a.store.status().spoolBytes).toBeGreaterThan(0);
  redis.resume();
  await stage.level(b);
});

describe("F27: a node that turned replica", () => {
  /** What the new master has of ten batches, of which half came after the failover. */
  async function failedOver(parts?: ConstructorParameters<typeof BareWriter>[1]) {
    const [old, next] = [await started(), await started()];
    const proxy = await proxyTo(old);
    const writer = bareWriter({ ...quick, port: proxy.port }, parts);
    writer.write(5);
    await until(async () => (await old.run("xlen", writer.key)) === "5");
    await old.run("replicaof", "127.0.0.1", `${next.port}`);
    proxy.retarget(next.port);
    writer.write(5);
    await until(() => /READONLY/.test(writer.health.lastError ?? ""));
    return { writer, has: async () => Number(await next.run("xlen", writer.key)) };
  }

  test("is left by who is refused", async () => {
    const { has } = await failedOver();
    await until(async () => (await has()) === 10);
  });

  test("twin: keeps who stays where it is refused, and the new master has nothing of it", async () => {
    const { writer, has } = await failedOver((link) => ({
      link: () => ({ client: link.client, fail() {} }),
    }));
    await expect(until(async () => (await has()) > 0, 800)).rejects.toThrow("not within");
    expect(writer.appender.spoolBytes).toBeGreaterThan(0);
  });
});

describe("F31: out of memory", () => {
  async function attempts(forMs: number, parts: Partial<AppenderParts> = {}) {
    const redis = await started();
    const writer = bareWriter({ ...quick, port: redis.port }, () => parts);
    await until(() => writer.appender.isIdle);
    await redis.run("config", "set", "maxmemory", "1");
    writer.write();
    await until(() => /OOM/.test(writer.health.lastError ?? ""));
    const made = async () =>
      Number(/cmdstat_multi:calls=(\d+)/.exec(await redis.run("info", "commandstats"))?.[1]);
    const [before, startMs] = [await made(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, forMs));
    return { made: (await made()) - before, seconds: (performance.now() - startMs) / 1_000 };
  }

  test("Redis is asked once a second", async () => {
    const { made, seconds } = await attempts(1_200);
    expect(made).toBeLessThanOrEqual(1 + seconds);
  });

  test("twin: without the wait between attempts it is asked again and again", async () => {
    const hasty: typeof systemClock = { ...systemClock, after: (_, run) => systemClock.after(0, run) };
    const { made, seconds } = await attempts(300, { clock: hasty });
    expect(made).toBeGreaterThan(10 * seconds);
  });
});

test("F32: twin: an error that is logged as it comes has the password in it", async () => {
  const secret = "a-password-of-the-test";
  const { port } = await started("--requirepass", `not-${secret}`);
  const client = makeClient(resolveOptions({ ...quick, port, password: secret }), "write");
  ends.push(() => client.disconnect());
  const fault = await new Promise<unknown>((resolve) => {
    client.on("error", resolve);
    client.connect().catch(() => {});
  });
  expect(inspect(fault)).toContain(secret);
  expect(textOfFault(fault)).toMatch(/^WRONGPASS/);
  expect(textOfFault(fault)).not.toContain(secret);
});

test("F33: twin: who waits for each batch waits for a round trip each", async () => {
  const proxy = await proxyTo(await started());
  const writer = bareWriter({ ...patient, port: proxy.port });
  writer.write();
  await until(() => writer.appender.isIdle);
  proxy.latencyMs = 100;
  proxy.mode = "latency";
  const startMs = performance.now();
  for (let count = 0; count < 5; count += 1) {
    writer.write();
    await writer.appender.flush();
  }
  expect(performance.now() - startMs).toBeGreaterThan(4 * 200);
});

describe("F35: two instances of which one is cut off", () => {
  /** The most payloads that anybody was given under one epoch and tick. */
  async function payloadsUnderOne(epochs: readonly [string, string]) {
    const redis = await started();
    const payloads = new Map<string, Set<string>>();
    const given = ({ epoch, tick, bytes }: Pick<StoredBatch, "epoch" | "tick" | "bytes">) => {
      const key = `${epoch} ${tick}`;
      payloads.set(key, (payloads.get(key) ?? new Set()).add(Buffer.from(bytes).toString()));
    };
    const open = async (port: number, instance: string, epoch: string) => {
      const store = redisStore({ ...quick, port });
      const peer: StorePeer = { service: "split", instance, epoch, onBatch: given, onStatus() {} };
      ends.push(() => store.close(peer));
      await store.open(peer);
      await until(() => store.status().status === "ok");
      return store;
    };
    const proxy = await proxyTo(redis);
    const stores = [
      await open(proxy.port, "web", epochs[0]),
      await open(redis.port, "web", epochs[1]),
    ] as const;
    await open(redis.port, "reader", "00000000000000ff");
    proxy.mode = "refuse";
    proxy.cut();
    for (const [at, store] of stores.entries()) {
      for (let tick = 1; tick <= 20; tick += 1) {
        const bytes = Buffer.from(`${tick} of the ${at === 0 ? "one cut off" : "other"}`);
        const batch = { channel: "metrics", instance: "web", epoch: epochs[at] ?? "", tick, bytes };
        given(batch);
        store.append({ type: "batch", ...batch, keyframe: true });
      }
    }
    proxy.mode = "pass";
    await until(() => stores[0].status().status === "ok" && stores[0].status().spoolBytes === 0);
    return Math.max(...[...payloads.values()].map(({ size }) => size));
  }

  test("never give two payloads under one epoch and tick", async () => {
    expect(await payloadsUnderOne(["00000000000000aa", "00000000000000bb"])).toBe(1);
  });

  test("twin: would, if they counted in one epoch", async () => {
    expect(await payloadsUnderOne(["00000000000000aa", "00000000000000aa"])).toBe(2);
  });
});
