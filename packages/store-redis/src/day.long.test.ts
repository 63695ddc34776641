import { createMetricast, type Metricast } from "@metricast/core";
import { loadTrace, manualClock, RedisServer, until } from "@metricast/testkit";
import { Redis } from "ioredis";
import { afterEach, expect, test } from "vitest";
import { redisStore } from "./index.js";

// A day of 1,000 recorded series at 5 s: what it takes in Redis, how long a restart takes, and a query then; beside a stream of
// JSON snapshots. The recordings are 600 ticks long and go round: counters go on, gauges begin again.

const intervalMs = 5_000;
const dayTicks = 86_400_000 / intervalMs;
const jsonTicks = 600;
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** 507 series of a node exporter and the first 493 of an Express service. */
function recorded() {
  const traces = [loadTrace("node-exporter-1s"), loadTrace("express-prom-client-1s")];
  const series = traces.flatMap((trace) => trace.series).slice(0, 1_000);
  const rows = Array.from({ length: 600 }, (_, at) =>
    traces.flatMap((trace) => trace.rows[at] ?? []).slice(0, 1_000),
  );
  return (tick: number) => {
    const [round, at] = [Math.floor(tick / rows.length), tick % rows.length];
    return series.flatMap((info, index) => {
      const value = rows[at]?.[index] ?? null;
      const grown = (rows.at(-1)?.[index] ?? 0) - (rows[0]?.[index] ?? 0);
      const turned = info.kind === "counter" && value !== null ? value + round * Math.max(0, grown) : value;
      return turned === null ? [] : [{ ...info, value: turned }];
    });
  };
}

async function used(server: RedisServer): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await server.run("info", "memory"))?.[1]);
}

async function usedBy(server: RedisServer, pattern: string): Promise<number> {
  const sum = `local n=0 for _,k in ipairs(redis.call('keys','${pattern}')) do n=n+redis.call('memory','usage',k,'samples','0') end return n`;
  return Number(await server.run("eval", sum, "0"));
}

function median(of: () => unknown): number {
  const took = Array.from({ length: 15 }, () => {
    const startMs = performance.now();
    of();
    return performance.now() - startMs;
  });
  return took.sort((a, b) => a - b)[7] ?? 0;
}

const megabytes = (bytes: number) => Math.round((bytes / 1_000_000) * 100) / 100;

test("a day of 1,000 series at 5 s", async () => {
  const server = await RedisServer.start();
  ends.push(() => server.stop());
  const empty = await used(server);
  const at = recorded();
  const clock = manualClock(Date.now());
  let tick = 0;
  const open = async (): Promise<Metricast> => {
    const store = redisStore({ port: server.port });
    const source = { name: "recorded", read: () => at(tick) };
    const cast = createMetricast({
      store,
      clock,
      intervalMs,
      sources: [source],
      instance: "day",
      memoryBudgetBytes: 256e6,
    });
    await cast.start();
    return cast;
  };
  const first = await open();
  const spooled = () => {
    const { store } = first.health();
    return "spoolBytes" in store ? store.spoolBytes : 0;
  };
  for (tick = 1; tick <= dayTicks; tick += 1) {
    await clock.advanceAsync(intervalMs);
    // Redis is told in real time: a turn of the event loop for each tick.
    await new Promise(setImmediate);
    if (tick % 20 === 0) await until(() => spooled() < 500_000, 20_000);
  }
  await until(() => spooled() === 0, 20_000);
  const held = (await used(server)) - empty;
  const [blocks, stream] = [
    await usedBy(server, "*block*day*metrics*"),
    await usedBy(server, "*stream*day*metrics*"),
  ];
  expect(first.health().store).toMatchObject({ dropped: 0 });
  // Ten names with one series each.
  const counts = new Map<string, number>();
  for (const { name } of at(0)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const select = [...counts]
    .filter(([, count]) => count === 1)
    .map(([name]) => name)
    .slice(20, 30);
  const day = { from: clock.dateMs() - 86_400_000, to: clock.dateMs(), points: 600, select };
  expect(first.query(day).series).toHaveLength(10);
  const warmMs = median(() => first.query(day));
  const before = first.query(day);
  await first.close();

  const startMs = performance.now();
  const second = await open();
  const startedMs = performance.now() - startMs;
  await clock.advanceAsync(intervalMs);
  const coldMs = startedMs + median(() => second.query(day));
  const after = second.query(day);
  expect(after.series.length).toBe(before.series.length);
  expect(after.series[0]?.count.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(dayTicks * 0.97);
  await second.close();

  const json = new Redis(server.port);
  ends.push(async () => json.disconnect());
  const beforeJson = await used(server);
  for (let one = 0; one < jsonTicks; one += 1) {
    const snapshot = Object.fromEntries(
      at(one).map(({ name, labels, value }) => [`${name}${JSON.stringify(labels)}`, value]),
    );
    await json.xadd("json", "*", "v", JSON.stringify(snapshot));
  }
  const jsonBytes = ((await used(server)) - beforeJson) * (dayTicks / jsonTicks);
  const jsonStartMs = performance.now();
  for (let from = "-"; from !== ""; ) {
    const entries = await json.xrange("json", from, "+", "COUNT", 100);
    for (const [, [, text = "{}"]] of entries) JSON.parse(text);
    from = entries.length === 100 ? `(${entries.at(-1)?.[0]}` : "";
  }
  const jsonMs = (performance.now() - jsonStartMs) * (dayTicks / jsonTicks);

  const points = dayTicks * 1_000;
  const figures = {
    redisMB: megabytes(held),
    blocksMB: megabytes(blocks),
    streamMB: megabytes(stream),
    bytesPerPoint: Math.round((held / points) * 1_000) / 1_000,
    jsonMB: megabytes(jsonBytes),
    warmQueryMs: Math.round(warmMs * 10) / 10,
    restartMs: Math.round(startedMs),
    restartAndQueryMs: Math.round(coldMs),
    jsonScanMs: Math.round(jsonMs),
  };
  console.log(JSON.stringify(figures, null, 1));
  // docs/guides/redis.md says what was measured; these are the bounds.
  expect(figures.bytesPerPoint).toBeLessThan(1);
  expect(held * 50).toBeLessThan(jsonBytes);
  expect(warmMs * 100).toBeLessThan(jsonMs);
}, 600_000);
