import { manualClock, seededRandom, Viewer } from "@metricast/testkit";
import { afterEach, expect, test } from "vitest";
import type { Sample } from "../contracts/source.js";
import { Stats } from "../health/stats.js";
import { createMetricast } from "../metricast.js";
import type { MetricastOptions } from "../options.js";
import { fakeEvents } from "../sessions/testing/fake-channel.js";
import { type Cell, ColumnFeed } from "../views/testing/column-feed.js";
import type { Alert } from "./alert.js";
import { Alerts } from "./alerts.js";
import { compileRules } from "./compile-rules.js";
import type { AlertRule } from "./rule.js";

const intervalMs = 1_000;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A service whose series are what the test says at each tick; undefined: the series is not there. */
async function watched(rules: readonly AlertRule[], options: MetricastOptions = {}) {
  const clock = manualClock();
  const told: string[] = [];
  const alerts: Alert[] = [];
  let samples: readonly Sample[] | Error = [];
  const read = () => {
    if (samples instanceof Error) throw samples;
    return samples;
  };
  const cast = createMetricast({
    clock,
    random: seededRandom(1),
    intervalMs,
    instance: "one",
    public: true,
    sources: [{ name: "test", read }],
    alerts: { rules },
    ...options,
  });
  const faults: string[] = [];
  cast.on("error", ({ message }) => faults.push(message));
  cast.on("warning", ({ code }) => faults.push(code));
  cast.on("alert", (alert) => {
    alerts.push(alert);
    told.push(`${alert.state} ${alert.id} ${alert.value}`);
  });
  ends.push(() => cast.close());
  await cast.start();
  /** Ticks once with these, and tells what was told at it. */
  const tick = async (given: readonly Sample[] | Readonly<Record<string, number>> | Error) => {
    samples = given instanceof Error || Array.isArray(given) ? given : named(given);
    await clock.advanceAsync(intervalMs);
    return told.splice(0);
  };
  return { clock, cast, alerts, tick, faults };
}

function named(values: Readonly<Record<string, number>> | readonly Sample[]): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ name, value: Number(value) }));
}

const counter = (name: string, value: number): Sample => ({ name, value, kind: "counter" });

test("fires at the tick it is above, says so once, and is resolved at the tick it is not", async () => {
  const { tick, alerts, cast } = await watched([
    {
      name: "busy",
      select: "load",
      above: 5,
      severity: "critical",
      labels: { team: "core" },
      summary: "Too busy.",
    },
  ]);
  expect(await tick({ load: 5 })).toEqual([]);
  expect(await tick({ load: 6 })).toEqual(["firing busy:load 6"]);
  expect(cast.health().alerts).toMatchObject({ count: 1, active: [{ rule: "busy" }] });
  expect(await tick({ load: 9 })).toEqual([]);
  expect(await tick({ load: 5 })).toEqual(["resolved busy:load 5"]);
  expect(cast.health().alerts).toEqual({ count: 0, active: [] });
  const [fired, resolved] = alerts;
  expect(fired).toEqual({
    id: "busy:load",
    rule: "busy",
    state: "firing",
    severity: "critical",
    labels: { team: "core" },
    summary: "Too busy.",
    channel: "metrics",
    series: { name: "load", labels: {} },
    value: 6,
    sinceMs: expect.any(Number),
  });
  expect(resolved).toEqual({
    ...fired,
    state: "resolved",
    value: 5,
    endMs: (fired?.sinceMs ?? 0) + 2 * intervalMs,
  });
});

test("waits as long as it must hold, and begins anew when it did not", async () => {
  const { tick } = await watched([
    { name: "low", select: "free", below: 10, forMs: 2_000, clearForMs: 1_000 },
  ]);
  expect(await tick({ free: 9 })).toEqual([]);
  expect(await tick({ free: 9 })).toEqual([]);
  expect(await tick({ free: 10 })).toEqual([]);
  expect(await tick({ free: 8 })).toEqual([]);
  expect(await tick({ free: 8 })).toEqual([]);
  expect(await tick({ free: 8 })).toEqual(["firing low:free 8"]);
  expect(await tick({ free: 11 })).toEqual([]);
  expect(await tick({ free: 9 })).toEqual([]);
  expect(await tick({ free: 11 })).toEqual([]);
  expect(await tick({ free: 11 })).toEqual(["resolved low:free 11"]);
});

test("what hovers at the threshold is told once where it clears further away", async () => {
  const values = [91, 89, 91, 88, 85, 84, 91];
  const run = async (clearBelow?: number) => {
    const { tick } = await watched([
      { name: "near", select: "use", above: 90, ...(clearBelow !== undefined && { clearBelow }) },
    ]);
    const all: string[] = [];
    for (const use of values) all.push(...(await tick({ use })));
    return all.map((line) => line.replace(" near:use", ""));
  };
  expect(await run(85)).toEqual(["firing 91", "resolved 84", "firing 91"]);
  expect(await run()).toEqual(["firing 91", "resolved 89", "firing 91", "resolved 88", "firing 91"]);
});

test("each series that is selected has an alert of its own", async () => {
  const { tick } = await watched([{ name: "slow", select: 'took{route!="/health"}', above: 1 }]);
  const took = (route: string, value: number): Sample => ({ name: "took", labels: { route }, value });
  expect(await tick([took("/a", 2), took("/b", 0), took("/health", 9)])).toEqual([
    'firing slow:took{route="/a"} 2',
  ]);
  expect(await tick([took("/a", 2), took("/b", 3), took("/health", 9)])).toEqual([
    'firing slow:took{route="/b"} 3',
  ]);
});

test("a rate is growth per second, and a counter that begins anew makes no difference", async () => {
  const { tick } = await watched([
    { name: "errors", select: "failed", of: "rate", above: 2, windowMs: 2_000 },
  ]);
  expect(await tick([counter("failed", 1_000)])).toEqual([]);
  expect(await tick([counter("failed", 1_002)])).toEqual([]);
  expect(await tick([counter("failed", 1)])).toEqual([]);
  expect(await tick([counter("failed", 31)])).toEqual(["firing errors:failed 11"]);
  // Nothing changes any more: the rate falls all the same.
  const later: string[] = [];
  for (let k = 0; k < 5; k += 1) later.push(...(await tick([counter("failed", 31)])));
  expect(later).toEqual([expect.stringMatching(/^resolved errors:failed /)]);
  // After a long time of nothing, growth is not spread over that time.
  for (let k = 0; k < 60; k += 1) await tick([counter("failed", 31)]);
  expect(await tick([counter("failed", 41)])).toEqual(["firing errors:failed 5"]);
});

test("a change counts for its window", async () => {
  const { tick } = await watched([{ name: "deployed", select: "version", changes: true, windowMs: 2_000 }]);
  expect(await tick({ version: 1 })).toEqual([]);
  expect(await tick({ version: 1 })).toEqual([]);
  expect(await tick({ version: 2 })).toEqual(["firing deployed:version 1"]);
  expect(await tick({ version: 2 })).toEqual([]);
  expect(await tick({ version: 2 })).toEqual(["resolved deployed:version 0"]);
});

test("absence is of all that is selected: what never came, what went, and what has failed", async () => {
  const { tick } = await watched([{ name: "gone", select: "beat_*", absent: true }]);
  expect(await tick({ other: 1 })).toEqual(["firing gone 0"]);
  expect(await tick({ beat_a: 1, beat_b: 1 })).toEqual(["resolved gone 2"]);
  expect(await tick({ beat_b: 1 })).toEqual([]);
  expect(await tick(new Error("source"))).toEqual(["firing gone 0"]);
});

test("while its source fails nothing is known: what fires goes on, what waits begins anew", async () => {
  const rules = [
    { name: "now", select: "load", above: 5 },
    { name: "later", select: "load", above: 5, forMs: 2_000 },
  ];
  const { tick } = await watched(rules);
  expect(await tick({ load: 6 })).toEqual(["firing now:load 6"]);
  expect(await tick(new Error("source"))).toEqual([]);
  expect(await tick({ load: 6 })).toEqual([]);
  expect(await tick({ load: 6 })).toEqual([]);
  expect(await tick({ load: 6 })).toEqual(["firing later:load 6"]);
});

test("a series that is gone takes its alert with it, but not one that is back soon", async () => {
  const { tick } = await watched([{ name: "busy", select: "load", above: 5 }]);
  await tick({ load: 6 });
  for (let k = 0; k < 10; k += 1) expect(await tick({})).toEqual([]);
  expect(await tick({ load: 6 })).toEqual([]);
  const later: string[] = [];
  for (let k = 0; k < 20; k += 1) later.push(...(await tick({})));
  expect(later).toEqual(["resolved busy:load null"]);
});

test("more than may fire at once are counted, and told when there is room", async () => {
  const { tick, faults, cast, clock } = await watched([{ name: "busy", select: "*", above: 5 }], {
    maxActiveAlerts: 1,
  });
  expect(await tick({ a: 6, b: 6 })).toEqual(["firing busy:a 6"]);
  expect(faults).toContain("MC_ALERT_LIMIT");
  await tick({ a: 6, b: 1 });
  const to = clock.dateMs();
  const dropped = { channel: "metricast", from: to - 10_000, to, select: ["metricast_alerts_dropped_total"] };
  expect(cast.query(dropped).series[0]?.columns[0]?.last.at(-1)).toBe(1);
  expect(await tick({ a: 1, b: 6 })).toEqual(["resolved busy:a 1", "firing busy:b 6"]);
  expect(cast.health().alerts.count).toBe(1);
});

test("more rules than the options allow are refused", () => {
  const rules = ["a", "b"].map((name) => ({ name, select: "load", above: 5 }));
  expect(() => createMetricast({ maxAlertRules: 1, alerts: { rules } })).toThrow("maxAlertRules is 1");
});

test("whoever listens may throw, and events of others' making are no alerts", async () => {
  const { tick, cast } = await watched([{ name: "busy", select: "load", above: 5 }]);
  cast.on("alert", () => {
    throw new Error("listener");
  });
  for (const data of [null, 7, { id: 1 }, { state: "firing", id: "x" }])
    cast.event("firing", data, { channel: "alerts" });
  expect(await tick({ load: 6 })).toEqual(["firing busy:load 6"]);
  expect(await tick({ load: 1 })).toEqual(["resolved busy:load 1"]);
});

test("clients see alerts as events, and the self-metrics count them", async () => {
  const { tick, cast, clock } = await watched([{ name: "busy", select: "load", above: 5 }]);
  const viewer = new Viewer({ channel: "alerts" });
  await viewer.connect(cast);
  ends.push(() => viewer.drop());
  await tick({ load: 6 });
  await tick({ load: 0 });
  await clock.advanceAsync(intervalMs);
  viewer.read();
  const items = viewer.of("events").flatMap((message) => message.items);
  expect(items.map(({ type, data }) => [type, Reflect.get(Object(data), "id")])).toEqual([
    ["firing", "busy:load"],
    ["resolved", "busy:load"],
  ]);
  const to = clock.dateMs();
  const select = ["metricast_alerts_fired_total", "metricast_alerts_resolved_total"];
  const { series } = cast.query({ channel: "metricast", from: to - 10_000, to, select });
  expect(series.map(({ info, columns }) => [info.name, columns[0]?.last.at(-1)])).toEqual(
    select.map((name) => [name, 1]),
  );
});

/** One of several instances, with what all of them told: no rules but those given, and values of no interest. */
function oneOfSeveral(rules: readonly AlertRule[] = []) {
  const { log } = fakeEvents({ name: "alerts" });
  const live = new Set(["two"]);
  const turn = { isFirst: true, knowsPast: true };
  const channel = {
    kind: "metrics",
    intervalMs,
    retentionMs: 60_000,
    sources: [],
    follow: "always",
  } as const;
  const feed = new ColumnFeed();
  const reports: unknown[] = [];
  const alerts = new Alerts({
    rules: compileRules(rules, new Map([["metrics", channel]]), 100),
    instance: "one",
    maxActive: 100,
    intervalOf: () => intervalMs,
    log,
    publish: (state, alert) => void log.append(state, alert),
    isFirst: () => turn.isFirst,
    knowsPast: () => turn.knowsPast,
    isShared: true,
    isLive: (name) => live.has(name),
    onAlert: () => {},
    report: (_, code, details) => reports.push([code, details]),
    stats: new Stats(),
  });
  let tick = 0;
  const pass = (ticks: number, cells: readonly Cell[] = []) => {
    for (const end = tick + ticks; tick < end; tick += 1) {
      const batch = feed.batch(tick, cells);
      alerts.take(batch, "instance");
      alerts.take(batch, "cluster");
    }
    return alerts.active.map(({ id }) => id);
  };
  const hear = (id: string, instance?: string) => {
    const alert = { id, rule: "busy", state: "firing", severity: "warning", labels: {}, channel: "metrics" };
    log.append("firing", { ...alert, value: 1, sinceMs: 0, ...(instance !== undefined && { instance }) });
    alerts.heard();
  };
  return { pass, hear, live, turn, alerts, feed, reports };
}

test("what nobody judges any more is resolved after a while, by who is first", () => {
  const { pass, hear, turn } = oneOfSeveral();
  hear("busy:load");
  turn.isFirst = false;
  expect(pass(60)).toEqual(["busy:load"]);
  turn.isFirst = true;
  expect(pass(15)).toEqual(["busy:load"]);
  expect(pass(10)).toEqual([]);
});

test("what an instance told of itself stays while it lives, and ends some time after it", () => {
  const { pass, hear, live } = oneOfSeveral();
  hear("busy@two:load", "two");
  expect(pass(60)).toEqual(["busy@two:load"]);
  live.delete("two");
  expect(pass(12)).toEqual(["busy@two:load"]);
  // Its next process is there again.
  live.add("two");
  expect(pass(12)).toEqual(["busy@two:load"]);
  live.delete("two");
  expect(pass(30)).toEqual([]);
});

test("who has just begun tells nothing of all until it can have heard the others", () => {
  const { pass } = oneOfSeveral([{ name: "gone", select: "beat", absent: true }]);
  expect(pass(5)).toEqual([]);
  expect(pass(2)).toEqual(["gone"]);
});

test("while what was told before is not known, nothing is told of all: it may have been", () => {
  const { pass, turn } = oneOfSeveral([{ name: "gone", select: "beat", absent: true }]);
  turn.knowsPast = false;
  expect(pass(30)).toEqual([]);
  turn.knowsPast = true;
  expect(pass(2)).toEqual(["gone"]);
});

test("no more than may fire at once are held of what others tell", () => {
  const { hear, alerts } = oneOfSeveral();
  for (let k = 0; k < 150; k += 1) hear(`busy:load{k="${k}"}`);
  expect(alerts.active).toHaveLength(100);
});

test("all rules together watch 100,000 pairs of a rule and a series; that there are more is told", () => {
  const rules = Array.from({ length: 50 }, (_, k) => ({
    name: `busy${k}`,
    select: "load*",
    above: 5,
    merge: k % 2 === 0 ? ("cluster" as const) : ("instance" as const),
  }));
  const { pass, feed, reports } = oneOfSeveral(rules);
  const add = (name: string) => feed.add({ name, kind: "gauge", labels: {} });
  for (let k = 0; k < 2_000; k += 1) add(`load${k}`);
  const cells: Cell[] = Array(2_000).fill(1, 0, 1_999).fill(6, 1_999);
  expect(pass(10, cells)).toHaveLength(50);
  expect(reports).toEqual([]);
  add("load_more");
  const firing = pass(10, [...cells, 6]);
  expect(new Set(firing.map((id) => id.split(":")[1]))).toEqual(new Set(["load1999"]));
  expect(reports).toContainEqual(["MC_ALERT_LIMIT", { key: "watched", limit: 100_000 }]);
});

test("a value that JSON has no word for is told as none", async () => {
  const { tick, alerts } = await watched([{ name: "busy", select: "load", above: 5 }]);
  expect(await tick({ load: Number.POSITIVE_INFINITY })).toEqual(["firing busy:load null"]);
  expect(alerts[0]?.value).toBeNull();
});
