import { expect, test } from "vitest";
import { readHealth } from "./health.js";

test("what a host says is read, and what it does not say is missing", () => {
  const report = readHealth({
    status: "degraded",
    reasons: ["sources", 5],
    clients: { count: 3, limit: 100 },
    limits: [{ name: "maxClients", used: 95, limit: 100, near: true }, null],
    sources: [{ name: "db", status: "failing", failures: 4, lastError: "<b>no</b>" }],
  });
  expect(report).toMatchObject({
    status: "degraded",
    reasons: ["sources"],
    clients: { count: 3, limit: 100 },
    sources: [{ name: "db", lastError: "<b>no</b>", lastReadMs: Number.NaN }],
    instances: [],
  });
  expect(report?.limits).toMatchObject([{ near: true }, { name: "", near: false }]);
});

test("an instance that is silent for long is told from those that live", () => {
  const instances = [
    { instance: "web-1", epoch: "a", clients: 1, ageMs: 0 },
    { instance: "web-2", epoch: "b", clients: 0, ageMs: 25_000 },
  ];
  expect(readHealth({ status: "ok", cluster: { instances, clients: 1 } })?.instances).toEqual([
    { name: "web-1", status: "live" },
    { name: "web-2", status: "silent" },
  ]);
});

test.each([null, "ok", {}, [], { status: 5 }])("%j is no report", (answer) => {
  expect(readHealth(answer)).toBeUndefined();
});

test("what fires is read as far as it is there", () => {
  const alert = {
    id: "busy:load",
    severity: "critical",
    summary: "Too busy.",
    value: 6,
    sinceMs: 5,
    more: true,
  };
  const report = readHealth({
    status: "ok",
    alerts: { count: 3, active: [alert, { id: "gone", value: null }] },
  });
  const { more, ...shown } = alert;
  expect([more, report?.alerts]).toEqual([
    true,
    {
      count: 3,
      active: [shown, { id: "gone", severity: "", summary: "", value: Number.NaN, sinceMs: Number.NaN }],
    },
  ]);
});

test("a host of another version, or one that answers nonsense, shows none", () => {
  for (const alerts of [undefined, 7, [], { active: "all" }])
    expect(readHealth({ status: "ok", alerts })?.alerts.active).toEqual([]);
  expect(readHealth("nonsense")).toBeUndefined();
});
