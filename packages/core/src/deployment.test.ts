import { expect, test } from "vitest";
import { warnOfDeployment } from "./deployment.js";
import type { MetricastOptions } from "./options.js";
import { resolveOptions } from "./resolve-options.js";

const store = (reach: "process" | "cluster") => ({
  name: "list",
  reach,
  open: () => Promise.resolve(),
  isShared: () => true,
  append() {},
  seal() {},
  async *read() {},
  status: () => ({ status: "ok" as const, lagMs: 0, spoolBytes: 0, dropped: 0 }),
  members: () => [],
  close: () => Promise.resolve(),
});

function codes(options: MetricastOptions, environment: Record<string, string> = {}): string[] {
  const said: string[] = [];
  warnOfDeployment(resolveOptions(options, environment), (_, code) => void said.push(code));
  return said;
}

test.each<[string, MetricastOptions, string[]]>([
  ["development without a store", { preset: "development" }, []],
  ["production without one", { preset: "production" }, ["MC_STORE_EXPECTED"]],
  [
    "production with one of the process",
    { preset: "production", store: store("process") },
    ["MC_STORE_EXPECTED"],
  ],
  ["highTraffic without one", { preset: "highTraffic" }, ["MC_STORE_EXPECTED"]],
  ["production with a shared one", { preset: "production", store: store("cluster") }, []],
])("%s", (_, options, expected) => {
  expect(codes(options)).toEqual(expected);
});

test("workers need a shared store and a shared secret", () => {
  const worker = { NODE_UNIQUE_ID: "1" };
  expect(codes({ preset: "production" }, worker)).toEqual(["MC_WORKERS_APART", "MC_SECRET_PRIVATE"]);
  const secret = "sixteen characters at least";
  expect(codes({ preset: "production", store: store("cluster"), secret }, worker)).toEqual([]);
});
