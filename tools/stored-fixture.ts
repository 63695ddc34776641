// Writes down what this version of the store keeps: `node --conditions=metricast-src --import tsx tools/stored-fixture.ts <file>`. Each
// released version's file stays, and packages/metricast/src/behaviour/redis-upgrade.test.ts reads them all.
import { writeFileSync } from "node:fs";
import { redisStore } from "@metricast/store-redis";
import { RedisServer, until } from "@metricast/testkit";
import { Redis } from "ioredis";
import { createMetricast } from "metricast";

const [file = "stored.json"] = process.argv.slice(2);
const intervalMs = 100;
const server = await RedisServer.start();
const redis = new Redis(server.port);
let ticks = 0;
const cast = createMetricast({
  service: "fixture",
  instance: "web-1",
  intervalMs,
  store: redisStore({ port: server.port }),
  channels: { metricast: { intervalMs: 3_600_000 } },
  sources: [
    ({ now }) => {
      ticks += 1;
      const tick = now / intervalMs;
      return [
        { name: "level", labels: { zone: "a" }, value: tick % 1_000 },
        { name: "requests_total", kind: "counter", value: ticks * 3 },
        {
          name: "took_seconds",
          value: { bounds: [0.1, 1], counts: [ticks, ticks, 0], sum: ticks, count: 2 * ticks },
        },
      ];
    },
  ],
});
await cast.start();
// Some sealed blocks, and ticks that are in no block yet.
await until(() => ticks >= 275, 120_000);
const keys = (await redis.keys("metricast:*")).sort();
const kept = await Promise.all(keys.map(async (key) => ({ key, ...(await contentOf(key)) })));
// The newest tick may not have been stored yet.
const [own = ""] = keys.filter((key) => key.includes(":stream/") && key.endsWith("/metrics"));
const [newest] = await redis.xrevrange(own, "+", "-", "COUNT", 1);
const stored = { ticks: await redis.xlen(own), lastTick: Number(newest?.[0].split("-")[0]) };
writeFileSync(file, `${JSON.stringify({ intervalMs, ...stored, keys: kept })}\n`);
redis.disconnect();
await server.stop();
process.exit();

async function contentOf(key: string): Promise<object> {
  const type = await redis.type(key);
  const base64 = (bytes: Buffer | null) => bytes?.toString("base64") ?? "";
  if (type === "string") return { type, value: base64(await redis.getBuffer(key)) };
  if (type === "hash") return { type, value: await redis.hgetall(key) };
  if (type === "zset") return { type, value: await redis.zrange(key, "0", "-1", "WITHSCORES") };
  const entries = await redis.xrangeBuffer(key, "-", "+");
  return { type, value: entries.map(([id, [name, record]]) => [`${id}`, `${name}`, base64(record ?? null)]) };
}
