import { FaultProxy, RedisServer, until } from "@metricast/testkit";
import { afterEach, expect, test } from "vitest";
import { BareWriter } from "./testing/bare-writer.js";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test("is not idle over a new connection before Redis has what it had", async () => {
  const redis = await RedisServer.start();
  ends.push(() => redis.stop());
  const proxy = await FaultProxy.listen(redis.port);
  ends.push(() => proxy.close());
  const writer = new BareWriter({ port: proxy.port, commandTimeoutMs: 20_000 });
  ends.push(() => writer.stop());
  writer.write(3);
  await until(async () => (await redis.run("xlen", writer.key)) === "3");
  await until(() => writer.appender.isIdle);
  await redis.run("flushall");
  proxy.mode = "latency";
  writer.link.fail(new Error("cut by the test"));
  expect(writer.link.client).toBeUndefined();
  await until(() => writer.link.client !== undefined);
  expect(writer.appender.isIdle).toBe(false);
  await until(() => writer.appender.isIdle);
  expect(await redis.run("xlen", writer.key)).toBe("3");
});
