import { afterEach, describe, expect, test } from "vitest";
import { RedisCluster } from "./redis-cluster.js";
import { RedisServer } from "./redis-server.js";
import { testAuthority } from "./test-authority.js";

const running: { stop(): Promise<void> }[] = [];
const keep = <S extends { stop(): Promise<void> }>(server: S): S => {
  running.push(server);
  return server;
};

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

describe("a redis-server of a test", () => {
  test("answers, forgets everything when it is killed, and comes back on its port", async () => {
    const server = keep(await RedisServer.start());
    await server.run("set", "a", "1");
    await server.kill();
    await expect(server.run("get", "a")).rejects.toThrow("redis-cli get a");
    await server.start();
    expect(await server.run("get", "a")).toBe("");
  });

  test("is gone with its folder once it was stopped", async () => {
    const server = await RedisServer.start();
    await server.stop();
    expect(() => process.kill(server.pid, 0)).toThrow("ESRCH");
  });

  test("says why it does not start", async () => {
    await expect(RedisServer.start({ port: 6_000, args: ["--no-such-option", "1"] })).rejects.toThrow(
      "no-such-option",
    );
  });

  test("serves TLS with a certificate of the test's own authority", async () => {
    const authority = await testAuthority();
    const server = keep(await RedisServer.start({ tls: authority }));
    const trusted = await server.run("--tls", "--cacert", authority.caFile, "ping");
    expect(trusted).toBe("PONG");
    await expect(server.run("--tls", "ping")).rejects.toThrow("certificate");
    await authority.dispose();
  });
});

test("a slot of a cluster moves with its keys", async () => {
  const cluster = keep(await RedisCluster.start());
  const from = await cluster.ownerOf("{a}");
  const to = cluster.nodes.find((node) => node !== from);
  if (to === undefined) throw new Error("there is one node alone");
  for (const key of ["{a}1", "{a}2", "{a}3"]) await from.run("set", key, "x");
  await cluster.moveSlot("{a}", to);
  expect((await cluster.ownerOf("{a}")).port).toBe(to.port);
  expect(await to.run("mget", "{a}1", "{a}2", "{a}3")).toBe("x\nx\nx");
});
