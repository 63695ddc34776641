import { manualClock } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Identity } from "../contracts/identity.js";
import { Stats } from "../health/stats.js";
import type { MetricastOptions } from "../options.js";
import { authorizedScope } from "./authorizer.js";

function asking(authorize: unknown, identity: Identity = { id: "a" }) {
  const clock = manualClock();
  const stats = new Stats();
  const report = vi.fn();
  const parts = {
    authorize: authorize as MetricastOptions["authorize"],
    clock,
    hookTimeoutMs: 5_000,
    report,
    stats,
  };
  return { clock, stats, report, scope: authorizedScope(identity, "metrics", parts) };
}

test("without a hook everybody sees every channel, within their own scope", async () => {
  expect(await asking(undefined).scope).toEqual({});
  expect(await asking(undefined, { id: "a", scope: { tenant: "t" } }).scope).toEqual({ tenant: "t" });
});

test("the hook is asked for this identity and this channel", async () => {
  const hook = vi.fn(() => true);
  const identity = { id: "a" };
  await asking(hook, identity).scope;
  expect(hook).toHaveBeenCalledWith(identity, "metrics");
});

test.each([
  ["true", true, {}],
  ["a scope", { scope: { region: "eu" } }, { region: "eu" }],
  ["an empty scope", { scope: {} }, {}],
  ["false", false, undefined],
  ["null", null, undefined],
])("%s is an answer", async (_, answer, scope) => {
  for (const hook of [() => answer, async () => answer]) {
    const { scope: given, stats, report } = asking(hook);
    expect(await given).toEqual(scope);
    expect(stats.hookFailures).toBe(0);
    expect(report).not.toHaveBeenCalled();
  }
});

describe("B34: a hook that misbehaves refuses, and is reported", () => {
  const cause = new Error("down");
  const faults: [string, unknown, string, unknown][] = [
    [
      "throws",
      () => {
        throw cause;
      },
      "failed",
      cause,
    ],
    ["rejects", () => Promise.reject(cause), "failed", cause],
    ["answers nothing", () => undefined, "nonsense", undefined],
    ["answers a word", () => "yes", "nonsense", undefined],
    ["answers a number", () => 1, "nonsense", undefined],
    ["answers an object without scope", () => ({ allow: true }), "nonsense", undefined],
    ["gives a scope that is none", () => ({ scope: "t" }), "nonsense", undefined],
    ["gives a list as scope", () => ({ scope: ["t"] }), "nonsense", undefined],
    ["gives null as scope", () => ({ scope: null }), "nonsense", undefined],
    ["gives a label that is no string", () => ({ scope: { tenant: 5 } }), "nonsense", undefined],
  ];
  test.each(faults)("%s", async (_, hook, reason, told) => {
    const { scope, stats, report } = asking(hook);
    expect(await scope).toBeUndefined();
    expect(stats.hookFailures).toBe(1);
    expect(report.mock.calls).toEqual([
      ["error", "MC_HOOK_FAILED", { key: "authorize", hook: "authorize", reason }, told],
    ]);
  });

  test("hangs", async () => {
    let answer: (value: boolean) => void = () => {};
    const { scope, clock, stats, report } = asking(() => new Promise((resolve) => (answer = resolve)));
    const given = vi.fn();
    void scope.then(given);
    await clock.advanceAsync(4_999);
    expect(given).not.toHaveBeenCalled();
    await clock.advanceAsync(1);
    expect(given).toHaveBeenCalledWith(undefined);
    answer(true);
    await clock.advanceAsync(1_000);
    expect(given).toHaveBeenCalledTimes(1);
    expect(report.mock.calls[0]?.[2]).toMatchObject({ reason: "timeout" });
    expect(stats.hookFailures).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test("no timer is left when it answers", async () => {
    const { scope, clock } = asking(() => true);
    await scope;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("scopes", () => {
  const labels = fc.dictionary(fc.constantFrom("a", "b", "__proto__"), fc.constantFrom("1", "2"), {
    noNullPrototype: true,
  });

  test("both hold; where they contradict each other nothing is seen", async () => {
    await fc.assert(
      fc.asyncProperty(labels, labels, async (own, added) => {
        const scope = await asking(() => ({ scope: added }), { id: "a", scope: own }).scope;
        const both = [...Object.entries(own), ...Object.entries(added)];
        const contradicts = both.some(([label, value]) =>
          both.some(([other, its]) => other === label && its !== value),
        );
        if (contradicts) expect(scope).toBeUndefined();
        else expect(new Map(Object.entries(scope ?? {}))).toEqual(new Map(both));
      }),
    );
  });

  test("true does not widen one's own", async () => {
    expect(await asking(() => true, { id: "a", scope: { tenant: "t" } }).scope).toEqual({ tenant: "t" });
  });
});
