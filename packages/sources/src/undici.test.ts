import { channel } from "node:diagnostics_channel";
import type { Sample } from "@metricast/core";
import { freePort, HttpHost } from "@metricast/testkit";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { undiciSource } from "./undici.js";

const context = { now: 0, signal: new AbortController().signal };
const source = undiciSource();

afterEach(() => source.close?.());

async function read(): Promise<Sample[]> {
  const samples = await source.read(context);
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return samples;
}

async function valuesOf(origin: string): Promise<Record<string, unknown>> {
  const own = (await read()).filter(({ labels }) => labels?.origin === origin);
  return Object.fromEntries(
    own.map(({ name, labels, value }) => [labels?.outcome ?? name.slice("undici_".length), value]),
  );
}

async function host(status = 200) {
  const waiting: (() => void)[] = [];
  const server = await HttpHost.start((req, res) => {
    if (req.url === "/held") waiting.push(() => res.end());
    else if (req.url === "/cut") res.writeHead(200, { "content-length": 9 }).write("a", () => res.destroy());
    else res.writeHead(status).end("ok");
  });
  onTestFinished(() => server.close());
  return { origin: `http://127.0.0.1:${server.port}`, waiting };
}

describe("undiciSource at Node's own fetch", () => {
  it("counts requests by how they ended, and connections", async () => {
    await read();
    const { origin } = await host(404);
    await (await fetch(origin)).text();
    await (await fetch(origin)).text();
    await expect(fetch(`${origin}/cut`).then((answer) => answer.text())).rejects.toThrow();
    await expect
      .poll(() => valuesOf(origin))
      .toMatchObject({ requests_in_flight: 0, "4xx": 2, failed: 1, connections_failed_total: 0 });
    expect(Number((await valuesOf(origin)).connections_opened_total)).toBeGreaterThan(0);
  });

  it("knows what is under way, and gives it back where it is aborted", async () => {
    await read();
    const { origin, waiting } = await host();
    const leaving = new AbortController();
    const both = [fetch(`${origin}/held`), fetch(`${origin}/held`, { signal: leaving.signal })];
    await expect.poll(() => waiting.length).toBe(2);
    expect(await valuesOf(origin)).toMatchObject({ requests_in_flight: 2 });
    leaving.abort();
    await expect(both[1]).rejects.toThrow();
    waiting[0]?.();
    await (await both[0])?.text();
    await expect.poll(() => valuesOf(origin)).toMatchObject({ requests_in_flight: 0, "2xx": 1, failed: 1 });
  });

  it("counts connections that could not be opened", async () => {
    await read();
    const origin = `http://127.0.0.1:${await freePort()}`;
    await expect(fetch(origin)).rejects.toThrow();
    await expect.poll(() => valuesOf(origin)).toMatchObject({ connections_failed_total: 1, failed: 1 });
  });

  it("hears nothing before its first read nor after its end", async () => {
    const { origin } = await host();
    source.close?.();
    await (await fetch(origin)).text();
    expect(await valuesOf(origin)).toEqual({});
    expect(channel("undici:request:create").hasSubscribers).toBe(true);
    source.close?.();
    expect(channel("undici:request:create").hasSubscribers).toBe(false);
  });

  it("bounds origins, and passes over messages of another shape", async () => {
    const own = undiciSource();
    onTestFinished(() => own.close?.());
    await own.read(context);
    const create = channel("undici:request:create");
    for (const message of [undefined, 1, {}, { request: null }]) create.publish(message);
    for (let number = 0; number < 150; number++) create.publish({ request: { origin: `http://h${number}` } });
    const samples = await own.read(context);
    if (!Array.isArray(samples)) throw new Error("samples come as an array");
    const inFlight = samples.filter(({ name }) => name === "undici_requests_in_flight");
    expect(inFlight).toHaveLength(101);
    expect(inFlight.at(-1)).toMatchObject({ labels: { origin: "other" }, value: 50 });
  });
});
