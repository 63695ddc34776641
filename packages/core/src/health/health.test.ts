import { expect, it } from "vitest";
import { type HealthInputs, type HealthReason, healthReport, liveness, readiness } from "./health.js";

const fine: HealthInputs = {
  version: "1.2.3",
  instance: "web-1",
  access: "decided",
  uptimeMs: () => 5_000,
  clients: () => ({ count: 3, limit: 100 }),
  limits: () => [{ name: "maxClients", used: 3, limit: 100, near: false }],
  memory: () => ({ usedBytes: 10, limitBytes: 64 }),
  cost: () => ({ cpuShare: 0.01, sourcesShare: 0, sentBytesPerSecond: 900 }),
  pressure: () => ({ level: 0, everyTicks: 1, lastValuesOnly: false, lateMs: 2 }),
  store: () => undefined,
  sources: () => [{ name: "process", status: "ok", failures: 0 }],
  starting: () => false,
  draining: () => false,
};

const degraded = { name: "redis", status: "degraded", lagMs: 900, spoolBytes: 1, dropped: 2 } as const;

it("tells all there is when everything is fine", () => {
  expect(healthReport(fine)).toEqual({
    status: "ok",
    reasons: [],
    alerts: { count: 0, active: [] },
    version: "1.2.3",
    instance: "web-1",
    uptimeMs: 5_000,
    access: "decided",
    clients: { count: 3, limit: 100 },
    limits: [{ name: "maxClients", used: 3, limit: 100, near: false }],
    memory: { usedBytes: 10, limitBytes: 64 },
    cost: { cpuShare: 0.01, sourcesShare: 0, sentBytesPerSecond: 900 },
    pressure: { level: 0, everyTicks: 1, lastValuesOnly: false, lateMs: 2 },
    store: { name: "none", status: "ok" },
    sources: [{ name: "process", status: "ok", failures: 0 }],
    overflowing: [],
  });
});

it.each([
  [{ access: "misconfigured" }, "access"],
  [{ store: () => degraded }, "store"],
  [{ sources: () => [{ name: "disk", status: "backoff", failures: 9 }] }, "sources"],
  [{ memory: () => ({ usedBytes: 64, limitBytes: 64, exhausted: true }) }, "memory"],
  [{ overflowing: () => ["http_requests"] }, "overflow"],
  [{ pressure: () => ({ level: 1, everyTicks: 2, lastValuesOnly: false }) }, "shedding"],
  [{ draining: () => true }, "draining"],
] satisfies [Partial<HealthInputs>, HealthReason][])("is degraded by %o, and says why", (change, reason) => {
  expect(healthReport({ ...fine, ...change })).toMatchObject({ status: "degraded", reasons: [reason] });
});

it("a full budget that still makes room is no fault", () => {
  expect(healthReport({ ...fine, memory: () => ({ usedBytes: 64, limitBytes: 64 }) }).status).toBe("ok");
});

it("liveness asks nobody; readiness begins when the others are known and ends with draining, not with the store", () => {
  expect(liveness()).toEqual({ status: "ok" });
  const at = (starting: boolean, draining: boolean) =>
    readiness({ starting: () => starting, draining: () => draining });
  expect(at(true, false)).toEqual({ ready: false, status: "starting" });
  expect(at(false, false)).toEqual({ ready: true, status: "ready" });
  expect(at(true, true)).toEqual({ ready: false, status: "draining" });
  expect(at(false, true)).toEqual({ ready: false, status: "draining" });
});
