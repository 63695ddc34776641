import { setTimeout as pause } from "node:timers/promises";
import { RedisServer, until } from "@metricast/testkit";
import { afterEach, expect, test } from "vitest";
import { quantileOf } from "../drive/statistics.js";
import { ClusterStage, type Lateness } from "./stage.js";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const intervalMs = 200;
const longestRecoveryMs = 5_000;

/** Each resolves when Redis is as it was, or another in its place. */
const faults: Readonly<Record<string, (stage: ClusterStage) => Promise<void>>> = {
  async killed({ redis }) {
    await redis.kill();
    await pause(4_000);
    await redis.start();
  },
  async paused({ redis }) {
    redis.pause();
    await pause(8_000);
    redis.resume();
  },
  async flushed({ redis }) {
    await redis.run("flushall");
  },
  async "failed over"({ redis, proxy }) {
    const next = await RedisServer.start({ args: ["--replicaof", "127.0.0.1", `${redis.port}`] });
    ends.push(() => next.stop());
    await until(
      async () => (await next.run("info", "replication")).includes("master_link_status:up"),
      15_000,
    );
    await next.run("replicaof", "no", "one");
    proxy.retarget(next.port);
    await redis.run("replicaof", "127.0.0.1", `${next.port}`);
  },
};

const p99 = ({ own, merged }: Lateness) => ({ own: quantileOf(own, 0.99), merged: quantileOf(merged, 0.99) });

test("3 instances, 300 clients: Redis killed, paused, flushed and failed over harms nobody who watches", async () => {
  const instances = ["a", "b", "c"];
  const stage = await ClusterStage.start({ instances, intervalMs, series: 200 });
  ends.push(() => stage.stop());
  for (const name of instances) await stage.addClients(stage.urlOf(name), 100);
  await stage.level(Date.now());
  await stage.lateness();
  await pause(10_000);
  const calm = p99(await stage.lateness());
  const figures: object[] = [{ calm }];
  const all = { own: [] as number[], merged: [] as number[] };

  for (const [name, act] of Object.entries(faults)) {
    await act(stage);
    const tookMs = await stage.level(Date.now());
    // Long enough that one late tick is not one in a hundred.
    await pause(12_000);
    const late = await stage.lateness();
    all.own.push(...late.own);
    all.merged.push(...late.merged);
    figures.push({ [name]: { tookMs, ...p99(late) } });
    expect(tookMs, JSON.stringify(figures)).toBeLessThan(longestRecoveryMs);
  }
  const faulty = p99(all);
  console.log(JSON.stringify({ figures, faulty }));

  for (const verdict of await stage.judge()) {
    expect(verdict).toMatchObject({ lost: 0, disordered: 0, falseContinuity: 0, gaps: [] });
    expect(verdict.connections).toEqual(verdict.connections.map(() => 1));
    expect(verdict.points).toBeGreaterThan(100 * 3 * 200);
  }
  for (const report of await stage.reports()) {
    expect(report).toMatchObject({ store: { status: "ok", dropped: 0 }, instances: 3 });
    expect(["MC_STORE_FAILED", undefined]).toContain([report.faults].flat()[0]);
  }
  expect(faulty.own).toBeLessThan(calm.own + 20);
  expect(faulty.merged).toBeLessThan(calm.merged + 20);
});
