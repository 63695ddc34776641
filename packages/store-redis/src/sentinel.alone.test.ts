import { RedisSentinel, ReplicationStage, soundLedger } from "@metricast/testkit";
import { afterEach, expect, test } from "vitest";
import { redisStore } from "./index.js";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test("F27: the sentinels' new master is found when the old one is killed; what it had not passed on is appended again", async () => {
  const sentinel = await RedisSentinel.start();
  ends.push(() => sentinel.stop());
  const stage = new ReplicationStage(0);
  ends.push(() => stage.stop());
  const nodes = [{ host: "127.0.0.1", port: sentinel.sentinel.port }];
  const quick = { probeMs: 300, commandTimeoutMs: 500, connectTimeoutMs: 1_500 };
  const make = () => redisStore({ ...quick, sentinel: { nodes, name: sentinel.name } });
  const [a, b] = [await stage.open("a", make), await stage.open("b", make)];
  await stage.appendFor(a, 200);
  await stage.level(b);
  await sentinel.master.kill();
  await stage.appendFor(a, 1_000);
  await stage.is(a, "ok", 12_000);
  // Most of the time is the sentinel's: it waits a second before it calls the master down.
  expect(await stage.level(b)).toBeLessThan(5_000);
  expect(await sentinel.replica.run("info", "replication")).toContain("role:master");
  expect(stage.verdict()).toEqual(soundLedger);
  expect(a.store.status()).toMatchObject({ spoolBytes: 0, dropped: 0 });
}, 30_000);
