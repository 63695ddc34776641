import { describe, expect, test } from "vitest";
import type { ResolvedChannel } from "../resolve-options.js";
import { compileRules } from "./compile-rules.js";
import type { AlertRule } from "./rule.js";

const plain = { intervalMs: 1_000, retentionMs: 60_000, sources: [] } as const;
const channels: ReadonlyMap<string, ResolvedChannel> = new Map([
  ["metrics", { ...plain, kind: "metrics", follow: "always" }],
  ["metricast", { ...plain, kind: "metrics", follow: "watched" }],
  ["events", { ...plain, kind: "events", follow: "always" }],
]);

const compile = (...rules: readonly unknown[]) => compileRules(rules.map(asRule), channels, 3);

// What hosts without types give.
function asRule(rule: unknown): AlertRule {
  return Object(rule);
}

const above = { name: "a", select: "x", above: 1 };

describe("a rule that makes no sense is refused with its name:", () => {
  test.each<[string, unknown]>([
    ["no name", { select: "x", above: 1 }],
    ["a name of other characters", { ...above, name: "a b" }],
    ["a field there is not", { ...above, abvoe: 1 }],
    ["no select", { name: "a", above: 1 }],
    ["an empty select", { ...above, select: [] }],
    ["a select that is no pattern", { ...above, select: "x{" }],
    ["no condition", { name: "a", select: "x" }],
    ["two conditions", { ...above, below: 0 }],
    ["a threshold that is no number", { ...above, above: "1" }],
    ["a threshold that is not finite", { ...above, above: Number.NaN }],
    ["clearing above what it is above", { ...above, clearBelow: 2 }],
    ["clearing on the other side", { ...above, clearAbove: 0 }],
    ["clearing at no number", { ...above, clearBelow: Number.NaN }],
    ["below that clears under it", { name: "a", select: "x", below: 1, clearAbove: 0 }],
    ["changes that are not true", { name: "a", select: "x", changes: false }],
    ["a rate of changes", { name: "a", select: "x", changes: true, of: "rate" }],
    ["absent with a window", { name: "a", select: "x", absent: true, windowMs: 1 }],
    ["a window of values", { ...above, windowMs: 1 }],
    ["a window of nothing", { ...above, of: "rate", windowMs: 0 }],
    ["of something else", { ...above, of: "p99" }],
    ["a quantile in percent", { ...above, quantile: 99 }],
    ["a quantile of everything", { ...above, quantile: 1 }],
    ["a quantile of a rate", { ...above, quantile: 0.9, of: "rate" }],
    ["a quantile of changes", { name: "a", select: "x", changes: true, quantile: 0.9 }],
    ["a negative time", { ...above, forMs: -1 }],
    ["a time that is no number", { ...above, clearForMs: "1s" }],
    ["a time without end", { ...above, forMs: 31 * 86_400_000 + 1 }],
    ["a channel there is not", { ...above, channel: "nowhere" }],
    ["a channel of events", { ...above, channel: "events" }],
    ["all instances of what is not followed", { ...above, channel: "metricast", merge: "cluster" }],
    ["another merge", { ...above, merge: "all" }],
    ["another severity", { ...above, severity: "bad" }],
    ["labels that are no texts", { ...above, labels: { a: 1 } }],
    ["labels that are none", { ...above, labels: 7 }],
    [
      "labels without end",
      { ...above, labels: Object.fromEntries(Array.from({ length: 33 }, (_, k) => [`l${k}`, ""])) },
    ],
    ["a summary that is no text", { ...above, summary: 7 }],
    ["a summary without end", { ...above, summary: "x".repeat(1_001) }],
  ])("%s", (_, rule) => {
    expect(() => compile(rule)).toThrow("MC_ALERT_INVALID");
  });

  test("two of one name, more than the limit, and what is no list", () => {
    expect(() => compile(above, above)).toThrow("name of another rule");
    expect(() => compile(...["a", "b", "c", "d"].map((name) => ({ ...above, name })))).toThrow(
      "maxAlertRules is 3",
    );
    expect(() => compileRules(Object(7), channels, 3)).toThrow("MC_ALERT_INVALID");
  });
});

test("what is left out is filled in", () => {
  const [rule, own] = compile(above, { ...above, name: "own", channel: "metricast" });
  expect(rule).toMatchObject({
    channel: "metrics",
    merge: "cluster",
    threshold: { side: "above", at: 1, clearAt: undefined },
    isOfAll: false,
    forMs: 0,
    clearForMs: 0,
    severity: "warning",
    labels: {},
  });
  expect(own?.merge).toBe("instance");
});
