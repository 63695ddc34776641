import {
  manualClock,
  ServedCast,
  tickAlong,
  until,
  type WireClient,
  type WireView,
} from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CastOptions, type MetricastError, metricast } from "../index.js";

const intervalMs = 1_000;
/** Clients that are silent for minutes stay: the clock is moved faster than they can answer. */
const patient = { heartbeatMs: 300_000, deadAfterMs: 900_000 };

async function serve(options: CastOptions = {}) {
  const clock = manualClock();
  const sources = [{ name: "host", read: () => ({ one: 1 }) }];
  const cast = metricast({
    clock,
    intervalMs,
    public: true,
    defaultSources: false,
    sources,
    ...patient,
    ...options,
  });
  const warnings: MetricastError[] = [];
  cast.on("warning", (warning) => warnings.push(warning));
  const served = await ServedCast.start(cast);
  onTestFinished(() => served.close());
  served.host.server.on("request", cast.handler());
  await clock.advanceAsync(0);
  const get = (path: string) => fetch(`http://127.0.0.1:${served.host.port}/metricast${path}`);
  return { clock, cast, served, warnings, get };
}

describe("health", () => {
  test("says status, clients, limits, memory, store, uptime and sources", async () => {
    const { clock, cast, served, get } = await serve({ maxClients: 10 });
    await served.open();
    await clock.advanceAsync(5_000);
    const health = cast.health();
    expect(health).toMatchObject({
      status: "ok",
      reasons: [],
      uptimeMs: 5_000,
      clients: { count: 1, limit: 10 },
      memory: { usedBytes: expect.any(Number), limitBytes: 64 * 1_024 * 1_024 },
      store: { name: "memory", status: "ok", dropped: 0 },
    });
    expect(health.sources.map(({ name, channel, status }) => [name, channel, status])).toEqual([
      ["host", "metrics", "ok"],
      ["metricast", "metricast", "ok"],
    ]);
    expect(health.limits.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["maxClients", "maxSeries", "maxViews", "memoryBudgetBytes"]),
    );
    const answer = await get("/health");
    expect([answer.status, await answer.json()]).toEqual([200, JSON.parse(JSON.stringify(cast.health()))]);
  });

  test("is answered for an orchestrator: alive to the end, ready until it is closed", async () => {
    const { cast, get } = await serve();
    const ask = async (path: string) => {
      const answer = await get(path);
      return [answer.status, await answer.json()];
    };
    expect(await ask("/health/live")).toEqual([200, { status: "ok" }]);
    expect(await ask("/health/ready")).toEqual([200, { status: "ready" }]);
    const closing = cast.close();
    expect(await ask("/health/live")).toEqual([200, { status: "ok" }]);
    expect(await ask("/health/ready")).toEqual([503, { status: "draining" }]);
    await closing;
  });
});

test("at 90 % of a limit there is one warning, and another only after it was under 85 %", async () => {
  const { clock, cast, served, warnings } = await serve({ maxClients: 20 });
  const near = () => warnings.filter(({ code }) => code === "MC_LIMIT_NEAR").map(({ details }) => details);
  const open: WireClient[] = [];
  const hold = async (count: number) => {
    while (open.length < count) open.push(await served.open());
    while (open.length > count) open.pop()?.peer.close(1000);
    await until(() => cast.health().clients.count === count);
    // Longer than the minute in which nothing is said twice.
    await clock.advanceAsync(61_000);
  };
  const limit = () => cast.health().limits.find(({ name }) => name === "maxClients");

  await hold(17);
  expect(near()).toEqual([]);
  await hold(18);
  expect(near()).toMatchObject([{ limit: "maxClients", used: 18, bound: 20 }]);
  expect(limit()).toEqual({ name: "maxClients", used: 18, limit: 20, near: true });
  for (const count of [17, 18, 20, 17, 19]) await hold(count);
  expect(near()).toHaveLength(1);
  await hold(16);
  expect(limit()?.near).toBe(false);
  await hold(18);
  expect(near()).toHaveLength(2);
});

describe("metricast's own metrics", () => {
  const sum = (view: WireView, name: string) => view.value(name) ?? Number.NaN;

  test("are an ordinary channel", async () => {
    const { clock, served } = await serve();
    const client = await served.open();
    const watched = await client.watch();
    const own = await client.watch({ channel: "metricast" });
    await tickAlong(clock, intervalMs, [watched, own], 30);
    for (const name of [
      "metricast_connections_per_minute",
      "metricast_messages_per_second",
      "metricast_memory_used_bytes",
      'metricast_delivery_seconds{quantile="0.5"}',
      'metricast_delivery_seconds{quantile="0.99"}',
      "metricast_cpu_seconds_total",
    ]) {
      expect([name, own.value(name)]).toEqual([name, expect.any(Number)]);
    }
    // Measured in real time, of which these ticks took hardly any.
    await until(async () => {
      await tickAlong(clock, intervalMs, [watched, own]);
      return own.value('metricast_event_loop_delay_seconds{quantile="0.99"}') !== undefined;
    });
    expect(sum(own, "metricast_clients")).toBe(1);
    expect(sum(own, "metricast_messages_per_second")).toBeGreaterThan(0);
    expect(sum(own, "metricast_errors_per_minute")).toBe(0);
    client.peer.send("{");
    await until(() => client.of("error").length === 1);
    await tickAlong(clock, intervalMs, [watched, own], 1);
    expect(sum(own, "metricast_client_errors_total")).toBe(1);
    expect(sum(own, "metricast_errors_per_minute")).toBeGreaterThan(0);
  });

  test("count every tick of every channel once", async () => {
    const { clock, served } = await serve();
    const own = await (await served.open()).watch({ channel: "metricast" });
    await tickAlong(clock, intervalMs, [own], 10);
    const before = sum(own, "metricast_ticks_total");
    await tickAlong(clock, intervalMs, [own], 10);
    // Two channels are sampled: the host's and its own.
    expect(sum(own, "metricast_ticks_total") - before).toBe(20);
    expect(sum(own, "metricast_ticks_missed_total")).toBe(0);
  });

  test.each<[string, number, string, string]>([
    ["got merged", 600_000, "metricast_ticks_merged_total", "metricast_ticks_skipped_total"],
    ["did not get", 100_000, "metricast_ticks_skipped_total", "metricast_ticks_merged_total"],
  ])("count exactly the ticks that a slow reader %s", async (_, stallLastValuesMs, counted, other) => {
    const names = Array.from({ length: 150 }, (_, index) => `digits_${index}`);
    const read = () => Object.fromEntries(names.map((name) => [name, Math.random()]));
    const sources = [{ name: "digits", read }];
    const { clock, served } = await serve({ sources, stallLastValuesMs, stallCloseMs: 900_000 });
    const slow = await served.open();
    const view = await slow.watch();
    const own = await (await served.open()).watch({ channel: "metricast" });
    await tickAlong(clock, intervalMs, [view, own], 3);
    slow.peer.pause();
    await tickAlong(clock, intervalMs, [own], 200);
    slow.peer.resume();
    await until(() => view.qualities.at(-1)?.state === "live");
    await tickAlong(clock, intervalMs, [view, own], 2);
    const keyframe = view.frames.findLastIndex(({ prev }) => prev === undefined);
    const between = (view.frames[keyframe]?.tick ?? 0) - (view.frames[keyframe - 1]?.tick ?? 0) - 1;
    expect(between).toBeGreaterThan(50);
    expect([sum(own, counted), sum(own, other)]).toEqual([between, 0]);
  });

  test("and the host's are given as Prometheus text", async () => {
    const { clock, served, get } = await serve();
    await (await served.open()).watch();
    await clock.advanceAsync(2_000);
    const answer = await get("/metrics");
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await answer.text();
    expect(text).toContain("# TYPE metricast_clients gauge\nmetricast_clients 1\n");
    expect(text).toMatch(/^one 1$/m);
    expect(text).toMatch(/^metricast_frames_sent_total \d+$/m);
    expect(text).toMatch(/^metricast_limit_used_ratio\{limit="maxClients"\} 0\.01$/m);
  });
});
