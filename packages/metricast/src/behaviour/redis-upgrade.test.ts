import { readFileSync } from "node:fs";
import { type Clock, createMetricast, systemClock } from "@metricast/core";
import { redisStore } from "@metricast/store-redis";
import { RedisServer, until, Viewer } from "@metricast/testkit";
import { Redis } from "ioredis";
import { afterEach, expect, test } from "vitest";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A key as `tools/stored-fixture.ts` wrote it down; bytes are base64. */
type StoredKey =
  | { readonly key: string; readonly type: "string"; readonly value: string }
  | { readonly key: string; readonly type: "hash"; readonly value: Readonly<Record<string, string>> }
  | { readonly key: string; readonly type: "zset"; readonly value: readonly string[] }
  | {
      readonly key: string;
      readonly type: "stream";
      readonly value: readonly (readonly [string, string, string])[];
    };

interface Stored {
  readonly intervalMs: number;
  readonly lastTick: number;
  readonly ticks: number;
  readonly keys: readonly StoredKey[];
}

function storedBy(version: number): Stored {
  const file = new URL(`../../../store-redis/fixtures/stored-${version}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}

async function redisWith(keys: readonly StoredKey[]): Promise<{ server: RedisServer; redis: Redis }> {
  const server = await RedisServer.start();
  const redis = new Redis(server.port);
  ends.push(
    () => server.stop(),
    () => redis.disconnect(),
  );
  for (const { key, type, value } of keys) {
    if (type === "string") await redis.set(key, Buffer.from(value, "base64"));
    else if (type === "hash") await redis.hset(key, value);
    else if (type === "zset")
      for (let at = 0; at < value.length; at += 2) await redis.zadd(key, `${value[at + 1]}`, `${value[at]}`);
    else
      for (const [id, field, record] of value)
        await redis.xadd(key, id, field, Buffer.from(record, "base64"));
  }
  return { server, redis };
}

/** The system's, at the time that the stored records are of. */
function clockAt(dateMs: number): Clock {
  const aheadMs = dateMs - Date.now();
  return { ...systemClock, dateMs: () => Date.now() + aheadMs };
}

test.each([[1]])(
  "what version %i stored is restored: blocks, and what was not sealed yet",
  async (version) => {
    const { keys, lastTick, ticks, intervalMs } = storedBy(version);
    const { server } = await redisWith(keys);
    const clock = clockAt((lastTick + 50) * intervalMs);
    const cast = createMetricast({
      ...{ clock, intervalMs, service: "fixture", instance: "web-1" },
      channels: { metricast: { intervalMs: 3_600_000 } },
      store: redisStore({ port: server.port, clock }),
    });
    ends.push(() => cast.close());
    await cast.start();
    const range = { from: (lastTick - 1_000) * intervalMs, to: lastTick * intervalMs, points: 2_000 };
    const read = () => cast.query(range).series;
    const countOf = (name: string) =>
      read()
        .find(({ info }) => info.name === name)
        ?.count.reduce((sum, one) => sum + one, 0);
    await until(
      () => countOf("level") === ticks,
      10_000,
      () => `${countOf("level")} of ${ticks}`,
    );
    expect(read().map(({ info }) => [info.name, info.kind])).toEqual([
      ["level", "gauge"],
      ["requests_total", "counter"],
      ["took_seconds", "histogram"],
    ]);
    const { fromTick, stepTicks } = cast.query(range);
    const [level, requests, took] = read();
    for (const [at, count] of level?.count.entries() ?? []) {
      if (count > 0) expect(level?.columns[0]?.last[at]).toBe((fromTick + (at + 1) * stepTicks) % 1_000);
    }
    expect(requests?.columns[0]?.last.at(-1)).toBe(3 * ticks);
    expect(took?.columns.map(({ last }) => last.at(-1))).toEqual([ticks, ticks, 0, ticks]);
  },
);

test("beside an instance of a later version the others go on, and say what they cannot read", async () => {
  const { server, redis } = await redisWith([]);
  const prefix = "metricast:{shop/0}:";
  const [epoch, channel] = ["00000000000000ff", "metrics"];
  const casts = await Promise.all(
    [1, 10].map(async (value) => {
      const cast = createMetricast({
        ...{ service: "shop", instance: `web-${value}`, intervalMs: 200, public: true },
        store: redisStore({ port: server.port, probeMs: 200 }),
      });
      ends.push(() => cast.close());
      cast.gauge("level").set(value);
      await cast.start();
      return cast;
    }),
  );
  const viewer = new Viewer();
  await viewer.connect(casts[0] ?? fail());
  const reading = setInterval(() => viewer.read(), 20);
  ends.push(() => clearInterval(reading));
  const shows = (level: number) => viewer.last?.values.level === level && viewer.last.missing.length === 0;
  await until(() => shows(11), 10_000);

  // It is known as alive, and what it writes is of a version that nobody here reads.
  const announce = (beat: number) =>
    redis.hset(
      `${prefix}roster`,
      epoch,
      JSON.stringify({ v: 1, instance: "web-100", epoch, clients: 0, channels: [channel], beat }),
    );
  const record = Buffer.from("02ff616263", "hex");
  let tick = Math.floor(Date.now() / 200);
  const writing = setInterval(() => {
    tick += 1;
    void announce(tick);
    void redis.xadd(`${prefix}stream/web-100/${epoch}/${channel}`, `${tick}-0`, "b", record);
  }, 200);
  ends.push(() => clearInterval(writing));
  const healths = () => casts.map((cast) => JSON.stringify(cast.health().store));
  const isNoted = () => healths().every((health) => health.includes("version"));
  await until(isNoted, 10_000, () => healths().join());
  const { length } = viewer.shown;
  await until(() => viewer.shown.length > length + 5);
  expect(viewer.shown.slice(length).map(({ values }) => values.level)).toEqual(
    viewer.shown.slice(length).map(() => 11),
  );
  expect(casts.map((cast) => cast.health().store.status)).toEqual(["ok", "ok"]);
  expect(viewer.allFaults).toEqual([]);
}, 40_000);

function fail(): never {
  throw new Error("there is one");
}
