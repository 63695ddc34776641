import { type Clock, createMetricast, type StorePeer, systemClock } from "@metricast/core";
import { RedisServer, until } from "@metricast/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { redisStore } from "./index.js";

const ends: (() => Promise<unknown>)[] = [];
let server: RedisServer;
beforeEach(async () => {
  server = await RedisServer.start();
  ends.push(() => server.stop());
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function instanceOf(instance: string, given: { secret?: string; service?: string } = {}) {
  const store = redisStore({ port: server.port, probeMs: 100, partitions: 3 });
  const cast = createMetricast({ service: "shop", instance, sources: [], store, ...given });
  ends.push(() => cast.close());
  await cast.start();
  return cast;
}

describe("the secret of tickets", () => {
  test("is one for all instances of a service, whatever their partition, and the next of them", async () => {
    const casts = await Promise.all(["a", "b", "c"].map((name) => instanceOf(name)));
    const [token] = casts.map(({ startToken }) => startToken);
    expect(new Set(casts.map(({ startToken }) => startToken)).size).toBe(1);
    for (const cast of casts) await cast.close();
    expect((await instanceOf("d")).startToken).toBe(token);
    expect((await instanceOf("a", { service: "other" })).startToken).not.toBe(token);
  });

  test("is not touched where one is configured, and is kept nowhere then", async () => {
    const secret = "a secret of sixteen and more";
    const [a, b] = [await instanceOf("a", { secret }), await instanceOf("b", { secret })];
    expect(a.startToken).toBe(b.startToken);
    expect(await server.run("exists", "metricast:{shop/0}:secret")).toBe("0");
  });

  test("comes again after a flush, as it was", async () => {
    const a = await instanceOf("a");
    await server.run("flushall");
    await server.kill();
    await server.start();
    await until(async () => (await server.run("exists", "metricast:{shop/0}:secret")) === "1");
    expect((await instanceOf("b")).startToken).toBe(a.startToken);
  });
});

describe("a clock", () => {
  async function skewOf(aheadMs: number) {
    const store = redisStore({ port: server.port, probeMs: 100, clock: skewedClock(aheadMs) });
    ends.push(() => store.close());
    const peer: StorePeer = {
      service: "s",
      instance: "i",
      epoch: "000000000000000a",
      onBatch() {},
      onStatus() {},
    };
    await store.open(peer);
    await until(() => store.status().clockSkewMs !== undefined);
    return store.status().clockSkewMs ?? Number.NaN;
  }

  test.each([0, 7_000, -7_000])("that is %s ms ahead is told so, give or take the way", async (aheadMs) => {
    expect(Math.abs((await skewOf(aheadMs)) - aheadMs)).toBeLessThan(1_000);
  });

  test("more than an interval off is a warning of the host", async () => {
    const store = redisStore({ port: server.port, probeMs: 100, clock: skewedClock(7_000) });
    const cast = createMetricast({ service: "shop", instance: "a", sources: [], store, intervalMs: 500 });
    ends.push(() => cast.close());
    const warned: unknown[] = [];
    cast.on("warning", ({ code, details }) => {
      if (code === "MC_CLOCK_SKEW") warned.push(details.clockSkewMs);
    });
    await cast.start();
    await until(() => warned.length > 0);
    expect(Number(warned[0])).toBeGreaterThan(6_000);
  });
});

function skewedClock(aheadMs: number): Clock {
  return {
    monotonicMs: () => systemClock.monotonicMs(),
    dateMs: () => systemClock.dateMs() + aheadMs,
    after: (delayMs, run) => systemClock.after(delayMs, run),
    soon: (run) => systemClock.soon(run),
  };
}
