import type { Store, StorePeer } from "@metricast/core";
import { RedisServer, ReplicationStage, soundLedger, testAuthority, until } from "@metricast/testkit";
import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import { neededCommands } from "./acl.js";
import { type RedisStoreOptions, redisStore } from "./index.js";

const quick = { probeMs: 300, commandTimeoutMs: 400, connectTimeoutMs: 1_000 } as const;
const secret = "a-password-of-the-test";
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(options: Parameters<typeof RedisServer.start>[0] = {}): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  ends.push(() => server.stop());
  return server;
}

/** Batches go from one to another, and blocks and batches are read. */
async function works(server: RedisServer, options: (port: number) => RedisStoreOptions) {
  const stage = new ReplicationStage(server.port);
  ends.push(() => stage.stop());
  const make = (port: number) => redisStore({ ...quick, ...options(port) });
  const [a, b] = [await stage.open("a", make), await stage.open("b", make)];
  for (let count = 0; count < 8; count += 1) stage.append(a);
  await stage.level(b);
  const { instance, epoch } = a.peer;
  const place = { fromTick: 0, toTick: 4, stepTicks: 1, expiresMs: Date.now() + 60_000 };
  a.store.seal({ type: "block", channel: "metrics", instance, epoch, ...place, bytes: Buffer.from("block") });
  await until(async () => (await typesOf(b.store)).has("block"));
  expect(await typesOf(b.store)).toEqual(new Set(["block", "batch"]));
  expect(stage.verdict()).toEqual(soundLedger);
  await stage.is(a, "ok");
  await stage.is(b, "ok");
  return { stage, a, b };
}

async function typesOf(store: Store): Promise<Set<string>> {
  const types = new Set<string>();
  for await (const item of store.read({ channel: "metrics", fromTick: 0, toTick: 1e9 })) types.add(item.type);
  return types;
}

/** A store that has no one beside it, and what was said of it. */
async function alone(options: RedisStoreOptions): Promise<{ store: Store; said: string[] }> {
  const store = redisStore({ ...quick, ...options });
  ends.push(() => store.close());
  const said: string[] = [];
  const peer: StorePeer = {
    service: "access",
    instance: "a",
    epoch: "000000000000000a",
    onBatch() {},
    onStatus: (status) => void said.push(JSON.stringify(status)),
  };
  await store.open(peer);
  return { store, said };
}

describe("rights", () => {
  test("the documented commands and key pattern are all that an ACL user needs", async () => {
    const server = await started();
    const rules = [
      "on",
      `>${secret}`,
      "-@all",
      "resetkeys",
      "~mine:{faults/*",
      ...neededCommands.map((name) => `+${name}`),
    ];
    await server.run("acl", "setuser", "metricast", ...rules);
    await works(server, (port) => ({ port, username: "metricast", password: secret, prefix: "mine" }));
    expect(await server.run("acl", "log")).toBe("");
  });

  test("each of them is needed", async () => {
    const server = await started();
    const { stage, a } = await works(server, (port) => ({ port }));
    a.proxy.cut();
    await stage.is(a, "degraded");
    await stage.is(a, "ok");
    await stage.stop();
    const used = (await server.run("info", "commandstats")).match(/(?<=cmdstat_)[a-z]+/g) ?? [];
    const ours = used.filter((name) => !["info", "command", "config"].includes(name));
    expect(new Set(ours)).toEqual(new Set(neededCommands));
  });

  test.each([
    ["no password", {}],
    ["a wrong one", { password: `not-${secret}` }],
  ])("F32: %s is told within a second, and no password with it", async (_, options) => {
    const server = await started({ args: ["--requirepass", secret] });
    const startMs = performance.now();
    const { store, said } = await alone({ port: server.port, ...options });
    await until(
      () => /NOAUTH|WRONGPASS/.test(store.status().lastError ?? ""),
      1_000,
      () => said.join(),
    );
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(store.status().status).toBe("degraded");
    const connections = async () => {
      const stats = await server.run("-a", secret, "info", "stats");
      return Number(/total_connections_received:(\d+)/.exec(stats)?.[1]);
    };
    await until(async () => (await connections()) > 4);
    expect([...said, JSON.stringify(store.status())].join()).not.toContain(secret);
    expect(said.length).toBeLessThanOrEqual(2);
    // Asked again now and then, not without end.
    expect(await connections()).toBeLessThan(20);
  });

  test("F32: a missing right is told, and gone when it is given", async () => {
    const server = await started();
    const commands = neededCommands.filter((name) => name !== "xadd").map((name) => `+${name}`);
    await server.run("acl", "setuser", "metricast", "on", `>${secret}`, "-@all", "~*", ...commands);
    const { store } = await alone({ port: server.port, username: "metricast", password: secret });
    store.append({
      type: "batch",
      channel: "metrics",
      instance: "a",
      epoch: "000000000000000a",
      tick: 1,
      keyframe: true,
      bytes: Buffer.from("1"),
    });
    await until(
      () => /NOPERM.*xadd/i.test(store.status().lastError ?? ""),
      3_000,
      () => JSON.stringify(store.status()),
    );
    expect(store.status().status).toBe("degraded");
    await server.run("acl", "setuser", "metricast", "+xadd");
    await until(
      () => store.status().status === "ok",
      5_000,
      () => JSON.stringify(store.status()),
    );
    expect(store.status()).toMatchObject({ spoolBytes: 0, dropped: 0 });
  });
});

describe("ways to Redis", () => {
  test("by host and port, with a database of its own", async () => {
    const server = await started();
    await works(server, (port) => ({ host: "127.0.0.1", port, db: 3 }));
    expect(await server.run("dbsize")).toBe("0");
    expect(Number(await server.run("-n", "3", "dbsize"))).toBeGreaterThan(0);
  });

  test("by URL, with user and password", async () => {
    const server = await started();
    await server.run("acl", "setuser", "u", "on", `>${secret}`, "~*", "+@all");
    await works(server, (port) => ({ url: `redis://u:${secret}@127.0.0.1:${port}/2` }));
    expect(Number(await server.run("-n", "2", "dbsize"))).toBeGreaterThan(0);
  });

  test("by TLS, with the test's authority and not without it", async () => {
    const authority = await testAuthority();
    ends.push(() => authority.dispose());
    const server = await started({ tls: authority });
    await works(server, (port) => ({ host: "localhost", port, tls: { ca: authority.ca } }));
    const { store } = await alone({ host: "localhost", port: server.port, tls: true });
    await until(
      () => /certificate/i.test(store.status().lastError ?? ""),
      3_000,
      () => JSON.stringify(store.status()),
    );
    expect(store.status().status).toBe("degraded");
  });

  test("by a client of the host, which is duplicated and left as it is, its key prefix included", async () => {
    const server = await started();
    const client = new Redis(server.port, { keyPrefix: "host:" });
    ends.push(async () => client.disconnect());
    await client.set("own", "1");
    const before = JSON.stringify(client.options);
    const listeners = client.eventNames().length;
    const { stage } = await works(server, () => ({ client }));
    expect(await server.run("--scan", "--pattern", "host:metricast:{faults/0}:roster")).not.toBe("");
    await stage.stop();
    expect(await client.get("own")).toBe("1");
    expect(client.status).toBe("ready");
    expect(JSON.stringify(client.options)).toBe(before);
    expect(client.eventNames()).toHaveLength(listeners);
  });

  test("over two connections, one that writes and one that reads", async () => {
    const server = await started();
    await alone({ port: server.port });
    const clients = async () =>
      (await server.run("client", "list")).split("\n").filter((line) => !line.includes("cmd=client"));
    await until(async () => (await clients()).length === 2);
    const beats = async () =>
      Number(/"beat":(\d+)/.exec(await server.run("hgetall", "metricast:{access/0}:roster"))?.[1]);
    const before = await beats();
    await until(async () => (await beats()) > before + 2);
    expect(await clients()).toHaveLength(2);
  });
});

test("two services on one Redis never meet", async () => {
  const server = await started();
  const peer = (service: string, got: unknown[]): StorePeer => ({
    service,
    instance: "same",
    epoch: "000000000000000a",
    onBatch: (batch) => void got.push(batch),
    onStatus() {},
  });
  const [orders, carts] = [
    redisStore({ ...quick, port: server.port }),
    redisStore({ ...quick, port: server.port }),
  ];
  const got: unknown[] = [];
  for (const [store, service] of [
    [orders, "orders"],
    [carts, "carts"],
  ] as const) {
    ends.push(() => store.close());
    await store.open(peer(service, got));
  }
  orders.append({
    type: "batch",
    channel: "metrics",
    instance: "same",
    epoch: "000000000000000a",
    tick: 1,
    keyframe: true,
    bytes: Buffer.from("1"),
  });
  await until(async () => (await typesOf(orders)).size === 1);
  expect(await typesOf(carts)).toEqual(new Set());
  expect(carts.members().map(({ instance }) => instance)).toEqual(["same"]);
  expect(got).toEqual([]);
});
