import { redisStore } from "@metricast/store-redis";
import { clusterModel, RedisServer } from "@metricast/testkit";
import { expect, test } from "vitest";

test("whatever happens to Redis and to clients, a chart of two instances is what they read, or says who is missing", async () => {
  const server = await RedisServer.start();
  const quick = { probeMs: 200, commandTimeoutMs: 400, connectTimeoutMs: 800 };
  try {
    await clusterModel(server, (port, run) => redisStore({ ...quick, port, prefix: `model-${run}` }), 100);
    expect(await server.run("ping")).toBe("PONG");
  } finally {
    await server.stop();
  }
}, 1_200_000);
