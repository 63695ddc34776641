import { Agent, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { Sample } from "@metricast/core";
import { HttpHost } from "@metricast/testkit";
import { expect, it, onTestFinished } from "vitest";
import { type ConnectionPoolsOptions, connectionPoolsSource } from "./connection-pools.js";

function fill(options: ConnectionPoolsOptions): Record<string, unknown> {
  const samples = connectionPoolsSource(options).read({ now: 0, signal: new AbortController().signal });
  if (!isSamples(samples)) throw new Error("samples come at once");
  return Object.fromEntries(samples.map(({ labels, value }) => [labels?.state ?? "queued", value]));
}

function isSamples(given: unknown): given is Sample[] {
  return Array.isArray(given);
}

it("says what an http.Agent has in use, free and waiting", async () => {
  const waiting: ServerResponse[] = [];
  const host = await HttpHost.start((_req, res) => void waiting.push(res));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => {
    agent.destroy();
    return host.close();
  });
  const ask = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get({ port: host.port, host: "127.0.0.1", agent }, resolve).on("error", reject);
    });
  const agents = { out: agent };
  expect(fill({ agents })).toEqual({ active: 0, free: 0, queued: 0 });
  const both = [ask(), ask()];
  await expect.poll(() => waiting.length).toBe(1);
  expect(fill({ agents })).toEqual({ active: 1, free: 0, queued: 1 });
  waiting[0]?.end();
  (await both[0])?.resume();
  await expect.poll(() => waiting.length).toBe(2);
  waiting[1]?.end();
  (await both[1])?.resume();
  await expect.poll(() => fill({ agents })).toEqual({ active: 0, free: 1, queued: 0 });
});

it("says the same of undici's pools and clients", () => {
  const pool = { stats: { connected: 5, free: 2, pending: 4, queued: 1, running: 3, size: 7 } };
  expect(fill({ pools: { db: pool } })).toEqual({ active: 3, free: 2, queued: 4 });
  const client = { stats: { connected: true, pending: 0, running: 0, size: 0 } };
  expect(fill({ pools: { db: client } })).toEqual({ active: 0, free: 1, queued: 0 });
});

it("reads the pool that is behind Node's own fetch", async () => {
  const waiting: ServerResponse[] = [];
  const host = await HttpHost.start((_req, res) => void waiting.push(res));
  onTestFinished(() => host.close());
  const origin = `http://127.0.0.1:${host.port}`;
  const asked = fetch(origin);
  await expect.poll(() => waiting.length).toBe(1);
  const pools = { fetch: builtInPool(origin) };
  expect(fill({ pools })).toEqual({ active: 1, free: 0, queued: 0 });
  waiting[0]?.end();
  await (await asked).text();
  await expect.poll(() => fill({ pools })).toEqual({ active: 0, free: 1, queued: 0 });
});

/** undici's Pool, which Node bundles and does not show. */
function builtInPool(origin: string) {
  const dispatcher = Reflect.get(globalThis, Symbol.for("undici.globalDispatcher.1"));
  const key = Reflect.ownKeys(dispatcher).find((one) => String(one) === "Symbol(clients)") ?? "";
  const held = Reflect.get(dispatcher, key).get(origin);
  return held.dispatcher ?? held.deref?.() ?? held;
}
