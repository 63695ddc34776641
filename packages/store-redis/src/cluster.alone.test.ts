import type { WriterKey } from "@metricast/core";
import { RedisCluster, ReplicationStage, soundLedger, until } from "@metricast/testkit";
import { Cluster } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { neededCommands } from "./acl.js";
import { redisStore } from "./index.js";
import { Keys } from "./keys.js";
import { BareWriter } from "./testing/bare-writer.js";

const quick = { probeMs: 300, commandTimeoutMs: 800, connectTimeoutMs: 2_000 } as const;
let cluster: RedisCluster;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  cluster = await RedisCluster.start();
}, 30_000);
afterAll(() => cluster.stop());
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const nodes = () => cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port }));

function stageOf(): ReplicationStage {
  const stage = new ReplicationStage(0);
  ends.push(() => stage.stop());
  return stage;
}

/** Told by Redis, or by its client before that. */
const crossSlot = /CROSSSLOT|same slot/;

test("F34: slots move under load, and nothing is lost, doubled or out of order", async () => {
  const stage = stageOf();
  const make = () => redisStore({ ...quick, cluster: nodes() });
  const [a, b] = [await stage.open("a", make), await stage.open("b", make)];
  const key = new Keys("metricast", "faults", 0).roster;
  const appending = stage.appendFor(a, 4_000, 4);
  for (let round = 0; round < 2; round += 1) {
    const from = await cluster.ownerOf(key);
    const to = cluster.nodes.find(({ port }) => port !== from.port);
    if (to !== undefined) await cluster.moveSlot(key, to);
    expect((await cluster.ownerOf(key)).port).toBe(to?.port);
  }
  await appending;
  expect(await stage.level(b)).toBeLessThan(5_000);
  expect(stage.verdict()).toEqual(soundLedger);
  for (const { store } of [a, b]) {
    expect(store.status().lastError ?? "").not.toMatch(crossSlot);
    expect(store.status().dropped).toBe(0);
  }
}, 40_000);

test("F34: twin: without a hash tag nothing can be written", async () => {
  const keys = new (class extends Keys {
    override stream(writer: WriterKey): string {
      return super.stream(writer).replace(/[{}]/g, "");
    }
  })("untagged", "faults", 0);
  const writer = new BareWriter({ ...quick, cluster: nodes() }, () => ({ keys }));
  ends.push(async () => writer.stop());
  writer.write();
  await until(
    () => crossSlot.test(writer.health.lastError ?? ""),
    5_000,
    () => writer.health.lastError ?? "",
  );
  await expect(until(() => writer.appender.isIdle, 700)).rejects.toThrow("not within");
});

test("instances are spread over partitions, each on one slot, and read each other", async () => {
  const stage = stageOf();
  const make = () => redisStore({ ...quick, cluster: nodes(), partitions: 3, prefix: "spread" });
  const [a, b, c] = [await stage.open("a", make), await stage.open("b", make), await stage.open("c", make)];
  await stage.appendFor(a, 200);
  await stage.level(b);
  await stage.level(c);
  expect(stage.verdict()).toEqual(soundLedger);
  expect(
    c.store
      .members()
      .map(({ instance }) => instance)
      .sort(),
  ).toEqual(["a", "b", "c"]);
  const scanned = await Promise.all(
    cluster.nodes.map((node) => node.run("--scan", "--pattern", "spread:*:roster")),
  );
  const rosters = scanned.join("\n").split("\n").filter(Boolean);
  expect(rosters.length).toBeGreaterThan(1);
});

test("an ACL user needs three commands more than on one server", async () => {
  const rules = [...neededCommands, "cluster|slots", "asking", "client|setname"].map((name) => `+${name}`);
  for (const node of cluster.nodes) {
    await node.run(
      "acl",
      "setuser",
      "metricast",
      "on",
      ">a-password",
      "-@all",
      "resetkeys",
      "~acl:{faults/*",
      ...rules,
    );
  }
  const stage = stageOf();
  const user = { username: "metricast", password: "a-password" };
  const make = () => redisStore({ ...quick, ...user, cluster: nodes(), prefix: "acl" });
  const [a, b] = [await stage.open("a", make), await stage.open("b", make)];
  await stage.appendFor(a, 200);
  await stage.level(b);
  expect(stage.verdict()).toEqual(soundLedger);
  for (const node of cluster.nodes) expect(await node.run("acl", "log")).toBe("");
});

test("a cluster client of the host is duplicated", async () => {
  const client = new Cluster(nodes());
  ends.push(async () => client.disconnect());
  const stage = stageOf();
  const make = () => redisStore({ ...quick, client, prefix: "given" });
  const [a, b] = [await stage.open("a", make), await stage.open("b", make)];
  await stage.appendFor(a, 200);
  await stage.level(b);
  await stage.stop();
  expect(stage.verdict()).toEqual(soundLedger);
  expect(await client.set("{x}1", "1")).toBe("OK");
});

test("a lone instance has two connections on the node that it uses", async () => {
  const owner = await cluster.ownerOf(new Keys("counted", "faults", 0).roster);
  const clients = async () => (await owner.run("client", "list")).match(/^id=\d+(?!.*cmd=client)/gm) ?? [];
  const before = new Set(await clients());
  const stage = stageOf();
  const a = await stage.open("a", () => redisStore({ ...quick, cluster: nodes(), prefix: "counted" }));
  await stage.is(a, "ok");
  // One that asks for the slots comes and goes.
  await until(async () => (await clients()).filter((id) => !before.has(id)).length === 2);
});
