// Two instances that see each other, one with a client of the host's; REDIS_URL says where.
import assert from "node:assert/strict";
import { redisStore } from "@metricast/store-redis";
import { Redis } from "ioredis";
import { metricast, redisInfoSource } from "metricast";

const url = process.env.REDIS_URL;
const client = new Redis(url);
const casts = [redisStore({ url }), redisStore({ client })].map((store, at) =>
  metricast({
    service: "shop",
    instance: `web-${at}`,
    intervalMs: 200,
    store,
    sources: [redisInfoSource({ client })],
  }),
);
for (const cast of casts) await cast.start();
const known = () => casts.map((cast) => cast.health().cluster.instances.length);
for (let waits = 0; known().some((count) => count < 2) && waits < 100; waits += 1) {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
assert.deepEqual(known(), [2, 2]);
assert.deepEqual(
  casts.map((cast) => cast.health().store.status),
  ["ok", "ok"],
);
for (const cast of casts) await cast.close();
client.disconnect();
