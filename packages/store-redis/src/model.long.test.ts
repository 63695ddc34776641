import { RedisServer, replicationModel } from "@metricast/testkit";
import { expect, test } from "vitest";
import { redisStore } from "./index.js";

test("whatever happens to Redis, what a reader was told is the writer's log since the last declared hole", async () => {
  const server = await RedisServer.start();
  const quick = { probeMs: 100, commandTimeoutMs: 150, connectTimeoutMs: 300 };
  try {
    await replicationModel(
      server,
      (port, run) => redisStore({ ...quick, port, prefix: `model-${run}` }),
      100,
    );
    expect(await server.run("ping")).toBe("PONG");
  } finally {
    await server.stop();
  }
}, 600_000);
