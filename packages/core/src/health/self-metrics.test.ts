import { readFileSync } from "node:fs";
import { manualClock } from "@metricast/testkit";
import { describe, expect, it, vi } from "vitest";
import type { Sample } from "../contracts/source.js";
import { DeliveryTimes } from "./delivery-times.js";
import { selfCounters } from "./self-counters.js";
import { selfMetrics } from "./self-metrics.js";
import { Stats } from "./stats.js";

function open() {
  const clock = manualClock();
  const stats = new Stats();
  const clients = { count: 2 };
  const deliveryTimes = new DeliveryTimes();
  const reporter = { errors: 0, warnings: 0 };
  const cost = { totalMs: 1_500, apartMs: 250 };
  const ownCost = { read: () => ({ cpuShare: 0.02, sourcesShare: 0.5, sentBytesPerSecond: 4_096 }) };
  const pressure = { state: { level: 2 } };
  const eventLoop = { read: () => ({ p50Ms: 1, p99Ms: 20, maxMs: 30 }), close: vi.fn() };
  const source = selfMetrics({
    clock,
    stats,
    clients,
    deliveryTimes,
    reporter,
    cost,
    ownCost,
    pressure,
    eventLoop,
    memory: () => ({ usedBytes: 1_000, limitBytes: 4_000 }),
    limits: () => [{ name: "maxClients", used: 2, limit: 8, near: false }],
    alerts: { active: [] },
  });
  const read = (): readonly Sample[] => {
    const samples = source.read({ now: clock.dateMs(), signal: new AbortController().signal });
    if (!Array.isArray(samples)) throw new Error("no list");
    return samples;
  };
  const value = (name: string, labels?: Record<string, string>) => {
    const matches = (sample: Sample) =>
      sample.name === name && JSON.stringify(sample.labels) === JSON.stringify(labels);
    return read().find(matches)?.value;
  };
  return { clock, stats, clients, deliveryTimes, reporter, eventLoop, source, read, value };
}

describe("the self-metrics", () => {
  it("show every counter there is, exactly", () => {
    const { stats, read } = open();
    const names = Object.keys(stats);
    expect(Object.keys(selfCounters).sort()).toEqual([...names].sort());
    for (const [index, name] of names.entries()) Reflect.set(stats, name, 9_007_199_254_740_000 + index);
    const samples = read();
    names.forEach((name, index) => {
      const { name: shown } = Reflect.get(selfCounters, name) ?? {};
      const sample = samples.find((one) => one.name === shown);
      expect([name, sample?.value, sample?.kind]).toEqual([name, 9_007_199_254_740_000 + index, "counter"]);
    });
  });

  it("are what the reference page lists, each with its meaning", () => {
    const { deliveryTimes, read } = open();
    deliveryTimes.record(1);
    const page = readFileSync(new URL("../../../../docs/reference/self-metrics.md", import.meta.url), "utf8");
    const listed = [...page.matchAll(/^\| `(metricast_\w+)` \| (.+) \|$/gm)].map(([, name, help]) => [
      name,
      help,
    ]);
    const shown = read().map(({ name, help }) => [name, help] as const);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(shown));
    expect(listed.length).toBe(new Map(shown).size);
  });

  it("keep to the naming rules, each series once", () => {
    const { deliveryTimes, read } = open();
    deliveryTimes.record(1);
    const seen = new Set<string>();
    for (const { name, kind, unit, help, labels, value } of read()) {
      expect(name).toMatch(/^metricast_[a-z_]+$/);
      expect(name.endsWith("_total")).toBe(kind === "counter");
      if (unit !== undefined) expect(name).toContain(unit);
      expect(help).toMatch(/\.$/);
      expect(Number.isFinite(value)).toBe(true);
      const key = name + JSON.stringify(labels);
      expect(seen.has(key)).toBe(false);
      seen.add(key);
    }
  });

  it("tell connections per minute, messages per second and errors per minute", () => {
    const { clock, stats, reporter, read, value } = open();
    read();
    clock.advance(30_000);
    stats.accepted = 10;
    stats.messagesIn = 30;
    stats.messagesOut = 270;
    stats.clientErrors = 3;
    reporter.errors = 1;
    expect(value("metricast_connections_per_minute")).toBe(20);
    expect(value("metricast_messages_per_second")).toBe(10);
    expect(value("metricast_errors_per_minute")).toBe(8);
  });

  it("tell clients, memory, limits, cost, delivery and event loop in base units", () => {
    const { deliveryTimes, reporter, value } = open();
    expect(value("metricast_delivery_seconds", { quantile: "0.5" })).toBeUndefined();
    for (let n = 0; n < 100; n += 1) deliveryTimes.record(n < 98 ? 2 : 200);
    reporter.warnings = 4;
    expect(value("metricast_clients")).toBe(2);
    expect(value("metricast_memory_used_bytes")).toBe(1_000);
    expect(value("metricast_memory_limit_bytes")).toBe(4_000);
    expect(value("metricast_limit_used_ratio", { limit: "maxClients" })).toBe(0.25);
    expect(value("metricast_cpu_seconds_total")).toBe(1.5);
    expect(value("metricast_sources_cpu_seconds_total")).toBe(0.25);
    expect(value("metricast_cpu_share_ratio")).toBe(0.02);
    expect(value("metricast_sent_bytes_per_second")).toBe(4_096);
    expect(value("metricast_shed_level")).toBe(2);
    expect(value("metricast_reports_total", { severity: "warning" })).toBe(4);
    expect(value("metricast_delivery_seconds", { quantile: "0.5" })).toBeCloseTo(0.002, 3);
    expect(value("metricast_delivery_seconds", { quantile: "0.99" })).toBeCloseTo(0.2, 1);
    expect(value("metricast_event_loop_delay_seconds", { quantile: "0.99" })).toBe(0.02);
    expect(value("metricast_event_loop_delay_seconds", { quantile: "1" })).toBe(0.03);
  });

  it("forget old delivery times after two windows", () => {
    const { clock, deliveryTimes, read, value } = open();
    deliveryTimes.record(1_000);
    for (let n = 0; n < 2; n += 1) {
      clock.advance(60_000);
      read();
    }
    deliveryTimes.record(1);
    expect(value("metricast_delivery_seconds", { quantile: "0.99" })).toBeLessThan(0.01);
  });

  it("end their monitor when closed", () => {
    const { source, eventLoop } = open();
    source.close?.();
    expect(eventLoop.close).toHaveBeenCalledTimes(1);
  });

  it("work on Node's own monitor, and hold no handle", () => {
    const { clock, stats } = open();
    const before = process.getActiveResourcesInfo().length;
    const source = selfMetrics({
      clock,
      stats,
      clients: { count: 0 },
      deliveryTimes: new DeliveryTimes(),
      reporter: { errors: 0, warnings: 0 },
      cost: { totalMs: 0, apartMs: 0 },
      ownCost: { read: () => ({ cpuShare: 0, sourcesShare: 0, sentBytesPerSecond: 0 }) },
      pressure: { state: { level: 0 } },
      memory: () => ({ usedBytes: 0, limitBytes: 1 }),
      limits: () => [],
      alerts: { active: [] },
    });
    expect(source.read({ now: 0, signal: new AbortController().signal })).toHaveProperty("length");
    expect(process.getActiveResourcesInfo()).toHaveLength(before);
    source.close?.();
  });
});
