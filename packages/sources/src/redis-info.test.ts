import type { Sample } from "@metricast/core";
import { RedisServer, sourceContract } from "@metricast/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RedisInfoClient, type RedisInfoSourceOptions, redisInfoSource } from "./redis-info.js";

let server: RedisServer;
let client: Redis;

beforeAll(async () => {
  server = await RedisServer.start();
  client = new Redis(server.port, "127.0.0.1");
  await client.set("a", "1");
  await client.set("b", "1", "EX", 100);
});

afterAll(async () => {
  client.disconnect();
  await server.stop();
});

async function read(options: RedisInfoSourceOptions, signal = new AbortController().signal) {
  const samples = await redisInfoSource(options).read({ now: 0, signal });
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return samples;
}

function named(samples: readonly Sample[], name: string): Sample | undefined {
  return samples.find((sample) => sample.name === name);
}

const answering = (text: string): RedisInfoClient => ({ info: async () => text });

sourceContract("redis info", () => redisInfoSource({ client, commands: true }), {
  seriesMayVanish: true,
  stalled: async () => ({
    source: redisInfoSource({ client: { info: () => new Promise(() => {}) } }),
    dispose: async () => {},
  }),
});

describe("redisInfoSource at a real redis-server", () => {
  it("gives what the server says of itself, with kinds and units", async () => {
    const samples = await read({ client });
    expect(named(samples, "redis_connected_clients")).toMatchObject({ kind: "gauge", value: 1 });
    expect(named(samples, "redis_commands_total")).toMatchObject({ kind: "counter" });
    expect(named(samples, "redis_memory_used_bytes")).toMatchObject({ unit: "bytes", aggregator: "max" });
    expect(Number(named(samples, "redis_memory_used_bytes")?.value)).toBeGreaterThan(100_000);
    expect(named(samples, "redis_primary")?.value).toBe(1);
    expect(named(samples, "redis_info")?.labels?.version).toMatch(/^\d+\.\d+\.\d+$/);
    const db = { labels: { db: "0" } };
    expect(named(samples, "redis_db_keys")).toMatchObject({ ...db, value: 2 });
    expect(named(samples, "redis_db_expiring_keys")).toMatchObject({ ...db, value: 1 });
  });

  it("finds all of its fields there: none is misspelt", async () => {
    expect(new Set((await read({ client })).map(({ name }) => name)).size).toBeGreaterThanOrEqual(32);
  });

  it("counts commands where it is told to", async () => {
    expect(named(await read({ client }), "redis_command_calls_total")).toBeUndefined();
    const set = (await read({ client, commands: true })).filter(({ labels }) => labels?.command === "set");
    expect(set.map(({ name, kind, value }) => [name, kind, typeof value])).toEqual([
      ["redis_command_calls_total", "counter", "number"],
      ["redis_command_seconds_total", "counter", "number"],
      ["redis_command_failures_total", "counter", "number"],
    ]);
    expect(set[0]?.value).toBe(2);
  });

  it("fails with the client's own reason", async () => {
    const gone = new Redis(server.port, "127.0.0.1");
    gone.disconnect();
    await expect(read({ client: gone })).rejects.toThrow("Connection is closed");
  });
});

describe("redisInfoSource", () => {
  it("adds labels to every series", async () => {
    const samples = await read({
      client: answering("connected_clients:2\r\ndb3:keys=1\r\n"),
      labels: { server: "a" },
    });
    expect(samples).toMatchObject([
      { name: "redis_connected_clients", value: 2, labels: { server: "a" } },
      { name: "redis_db_keys", value: 1, labels: { server: "a", db: "3" } },
    ]);
  });

  it("reads over what it does not know, and refuses what is no INFO", async () => {
    const odd = "# Server\r\n:\r\nmaxmemory:lots\r\nnew_thing:1\r\nrole:slave\r\n";
    expect(await read({ client: answering(odd) })).toMatchObject([{ name: "redis_primary", value: 0 }]);
    await expect(read({ client: answering("PONG") })).rejects.toThrow("did not answer INFO");
  });
});
