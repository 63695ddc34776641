import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { redisStore } from "./index.js";
import type { RedisStoreOptions } from "./options.js";
import { redisNumberOptions, resolveOptions } from "./resolve-options.js";

const page = readFileSync(new URL("../../../docs/reference/store-redis.md", import.meta.url), "utf8");
const nodes = [{ host: "a", port: 1 }];

describe("options of the store", () => {
  test("have defaults", () => {
    expect(resolveOptions()).toMatchObject({ prefix: "metricast", probeMs: 1_000, partitions: 1, given: {} });
  });

  test.each(Object.entries(redisNumberOptions))(
    "%s is taken at its bounds and refused one past them",
    (name, { min, max }) => {
      for (const value of [min, max])
        expect(resolveOptions({ [name]: value })).toMatchObject({ [name]: value });
      for (const value of [min - 1, max + 1, min + 0.5, Number.NaN, "1", null]) {
        expect(() => redisStore(Object({ [name]: value }))).toThrow(/^MC_OPTION_INVALID: option "/);
      }
    },
  );

  test.each<[string, unknown]>([
    ["url", "http://host"],
    ["host", ""],
    ["port", 65_536],
    ["username", ""],
    ["password", 5],
    ["db", -1],
    ["tls", "yes"],
    ["sentinel", { nodes: [], name: "main" }],
    ["cluster", [{ host: "a" }]],
    ["client", {}],
    ["prefix", "a{b}"],
    ["clock", {}],
    ["random", {}],
  ])("%s may not be %j", (name, value) => {
    expect(() => redisStore(Object({ [name]: value }))).toThrow(`MC_OPTION_INVALID: option "${name}"`);
  });

  test.each<[RedisStoreOptions, string]>([
    [{ url: "redis://a", host: "b" }, "host"],
    [{ host: "a", cluster: nodes }, "cluster"],
    [{ sentinel: { nodes, name: "main" }, cluster: nodes }, "cluster"],
    [{ url: "redis://a", password: "p" }, "password"],
    [{ url: "redis://a", port: 5 }, "port"],
    [{ cluster: nodes, db: 1 }, "db"],
  ])("%j say where Redis is in two ways", (options, option) => {
    expect(() => redisStore(options)).toThrow(`MC_OPTION_INVALID: option "${option}"`);
  });

  test("are known by name, and passwords are not shown", () => {
    expect(() => redisStore(Object({ pasword: "x" }))).toThrow(
      /^MC_OPTION_UNKNOWN: redisStore has no option "pasword"; it has url, host, .*maxSpoolBytes/,
    );
    expect(() => redisStore(Object({ url: "x://user:a-secret@host" }))).toThrow(
      /^(?!.*a-secret).*not shown.*must be an address as redis:/,
    );
    expect(() => Reflect.apply(redisStore, undefined, ["redis://user:a-secret@host"])).toThrow(
      /^(?!.*a-secret).*must be an object/,
    );
  });

  test("stand on their page, with defaults and bounds, and no others", () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| `"));
    const cells = rows.map((row) =>
      row
        .slice(2, -2)
        .split(" | ")
        .map((cell) => cell.replace(/^`([^`]*)`$/, "$1")),
    );
    const table = cells.filter((row) => row.length === 5);
    const numbers = table.map(([name = "", ...bounds]) => [
      name,
      ...bounds.slice(0, 3).map((one) => Number(one.replaceAll(",", ""))),
    ]);
    expect(numbers).toEqual(
      Object.entries(redisNumberOptions).map(([name, { default: fallback, min, max }]) => [
        name,
        fallback,
        min,
        max,
      ]),
    );
  });
});

test("a store serves one metricast: the second is told", async () => {
  const store = redisStore({ host: "127.0.0.1", port: 1, connectTimeoutMs: 50 });
  const peer = { service: "s", instance: "i", epoch: "000000000000000a", onBatch() {}, onStatus() {} };
  await store.open(peer);
  await expect(store.open({ ...peer, epoch: "000000000000000b" })).rejects.toThrow("MC_OPTION_INVALID");
  await store.close();
  await store.open({ ...peer, epoch: "000000000000000b" });
  await store.close();
});
