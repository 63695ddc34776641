// `npm run --prefix bench scaling`: what one Redis and one serving instance take, by the number of instances.
import { setTimeout as pause } from "node:timers/promises";
import { RedisServer, until } from "@metricast/testkit";
import { numberOf } from "../drive/line-process.js";
import { machine } from "../drive/machine.js";
import { Scripts } from "../drive/scripts.js";
import { table } from "../report/markdown.js";

interface Level {
  readonly writers: number;
  readonly intervalMs: number;
  /** Whether every instance reads all the others, as where each has viewers; else one alone does. */
  readonly reads: "all" | "none";
}

const levels: readonly Level[] = [
  { writers: 30, intervalMs: 1_000, reads: "all" },
  { writers: 100, intervalMs: 5_000, reads: "all" },
  { writers: 30, intervalMs: 1_000, reads: "none" },
  { writers: 100, intervalMs: 5_000, reads: "none" },
  { writers: 3, intervalMs: 1_000, reads: "all" },
];
const series = 200;
const clients = 20;
const settleMs = 12_000;
const measureMs = 30_000;

async function infoOf(redis: RedisServer): Promise<(name: string) => number> {
  const text = await redis.run("info", "everything");
  const fields = new Map(text.split(/\r?\n/).map((line) => [line.split(":")[0], Number(line.split(":")[1])]));
  return (name) => fields.get(name) ?? Number.NaN;
}

async function measure(scripts: Scripts, { writers, intervalMs, reads }: Level): Promise<string[]> {
  const redis = await RedisServer.start();
  const shared = { REDIS_PORT: redis.port, INTERVAL_MS: intervalMs, SERIES: series };
  const others = await scripts.start("writers", "scaling/writers.ts", {
    ...shared,
    WRITERS: writers - 1,
    READS: reads,
  });
  const serving = await scripts.start("serving", "cluster/instance.ts", { ...shared, NAME: "serving" });
  const crowd = await scripts.start("crowd", "cluster/crowd.ts");
  try {
    const port = numberOf(await serving.hello(), "port");
    await others.hello();
    await crowd.hello();
    const url = `ws://127.0.0.1:${port}/metricast/`;
    await crowd.ask(JSON.stringify({ do: "join", url, clients }));
    await until(async () => numberOf(await serving.ask("report"), "instances") === writers, 30_000);
    await pause(settleMs);
    const [redisBefore, before] = [await infoOf(redis), await serving.ask("use")];
    const startedMs = performance.now();
    await pause(measureMs);
    const [redisAfter, after] = [await infoOf(redis), await serving.ask("use")];
    const seconds = (performance.now() - startedMs) / 1_000;
    const rate = (name: string) => (redisAfter(name) - redisBefore(name)) / seconds;
    const degraded = numberOf(await others.ask("status"), "degraded");
    if (degraded > 0) console.error(`${degraded} writers degraded: the machine is too small for this level`);
    return [
      `${writers}`,
      `${intervalMs / 1_000} s`,
      reads === "all" ? "all" : "one",
      percent(rate("used_cpu_user") + rate("used_cpu_sys")),
      megabytes(redisAfter("used_memory")),
      `${megabytes(rate("total_net_output_bytes"))}/s`,
      percent((numberOf(after, "cpuMs") - numberOf(before, "cpuMs")) / 1_000 / seconds),
      megabytes(numberOf(after, "residentBytes")),
    ];
  } finally {
    for (const process of [crowd, serving, others]) await process.close();
    await redis.stop();
  }
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

const head = ["instances", "interval", "who reads", "Redis: of a core", "memory", "sends"];
const rows: string[][] = [];
const scripts = await Scripts.prepare();
for (const level of levels) {
  const row = await measure(scripts, level);
  console.log(row.join(", "));
  rows.push(row);
}
scripts.dispose();
console.log(`${series} series each, a third of them moving at a tick; ${clients} clients; ${machine()}\n`);
console.log(table([...head, "serving instance: of a core", "resident"], rows));
