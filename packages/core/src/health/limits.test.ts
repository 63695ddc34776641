import { expect, it, vi } from "vitest";
import { LimitWatch } from "./limits.js";

function watch(limit = 100) {
  const report = vi.fn();
  const limits = new LimitWatch({ report });
  const clients = { count: 0 };
  const remove = limits.add({ name: "maxClients", used: () => clients.count, limit });
  const at = (count: number) => {
    clients.count = count;
    limits.check();
    return report.mock.calls.length;
  };
  return { at, report, limits, remove };
}

it("warns at 90 %, and again only after it was under 85 %", () => {
  const { at, report } = watch();
  expect(at(89)).toBe(0);
  expect(at(90)).toBe(1);
  expect(report).toHaveBeenCalledWith("warning", "MC_LIMIT_NEAR", {
    key: "maxClients",
    limit: "maxClients",
    used: 90,
    bound: 100,
  });
  expect(at(100)).toBe(1);
  expect(at(85)).toBe(1);
  expect(at(95)).toBe(1);
  expect(at(84)).toBe(1);
  expect(at(90)).toBe(2);
});

it("lists what is used, what is near, and forgets what is removed", () => {
  const { at, limits, remove } = watch(10);
  at(9);
  expect(limits.list()).toEqual([{ name: "maxClients", used: 9, limit: 10, near: true }]);
  at(8);
  expect(limits.list()).toEqual([{ name: "maxClients", used: 8, limit: 10, near: false }]);
  remove();
  expect(limits.list()).toEqual([]);
});
