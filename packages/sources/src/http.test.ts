import { once } from "node:events";
import { type RequestListener, request } from "node:http";
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Sample } from "@metricast/core";
import { HttpHost } from "@metricast/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type HttpTiming, httpTiming } from "./http.js";

const context = { now: 0, signal: new AbortController().signal };
const hosts: HttpHost[] = [];

async function serve(listener: RequestListener): Promise<number> {
  const host = await HttpHost.start(listener);
  hosts.push(host);
  return host.port;
}

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

function samplesOf(timing: HttpTiming): Sample[] {
  const samples = timing.source.read(context);
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return samples;
}

/** How often each label set was counted. */
function counts(timing: HttpTiming): Record<string, number> {
  const entries = samplesOf(timing).flatMap(({ labels, value }): [string, number][] =>
    typeof value === "number" ? [] : [[Object.values(labels ?? {}).join(" "), value.count]],
  );
  return Object.fromEntries(entries);
}

function inFlight(timing: HttpTiming): unknown {
  return samplesOf(timing).find(({ name }) => name === "http_requests_in_flight")?.value;
}

async function ask(port: number, path: string, method = "GET"): Promise<number | undefined> {
  const asked = request({ port, path, method, host: "127.0.0.1", agent: false });
  asked.end();
  const [response] = await once(asked, "response");
  response.resume();
  await once(response, "close");
  return response.statusCode;
}

describe("httpTiming at a node:http server", () => {
  it("counts by method, route and status class", async () => {
    const timing = httpTiming();
    const port = await serve((req, res) => {
      timing.observe(req, res, () => (req.url?.startsWith("/users/") ? "/users/:id" : undefined));
      res.statusCode = Number(req.url?.split("/").at(-1));
      res.end();
    });
    for (const path of ["/users/200", "/users/204", "/users/404", "/x/301", "/y/500"]) await ask(port, path);
    await ask(port, "/users/200", "POST");
    await ask(port, "/users/200", "PROPFIND");
    await ask(port, "/users/200", "MKCOL");
    await vi.waitFor(() => expect(inFlight(timing)).toBe(0));
    expect(counts(timing)).toEqual({
      "GET /users/:id 2xx": 2,
      "GET /users/:id 4xx": 1,
      "GET unmatched 3xx": 1,
      "GET unmatched 5xx": 1,
      "POST /users/:id 2xx": 1,
      "other /users/:id 2xx": 2,
    });
  });

  it("measures from the request to the end of the response, in seconds", async () => {
    let nowMs = 1_000;
    const timing = httpTiming({ buckets: [0.1, 1], clock: { monotonicMs: () => nowMs } });
    const port = await serve((req, res) => {
      timing.observe(req, res, "/");
      nowMs += 250;
      res.end();
    });
    await ask(port, "/");
    await vi.waitFor(() => expect(inFlight(timing)).toBe(0));
    expect(samplesOf(timing)[0]).toMatchObject({
      name: "http_request_duration_seconds",
      kind: "histogram",
      unit: "seconds",
      value: { bounds: [0.1, 1], counts: [0, 1, 0], sum: 0.25, count: 1 },
    });
  });

  it("counts a request in flight until it is over, and once however often it is shown", async () => {
    const timing = httpTiming();
    let release = () => {};
    const port = await serve((req, res) => {
      timing.observe(req, res, "/");
      timing.observe(req, res, "/again");
      timing.middleware(req, res, () => {});
      release = () => res.end();
    });
    const asked = ask(port, "/");
    await vi.waitFor(() => expect(inFlight(timing)).toBe(1));
    release();
    await asked;
    await vi.waitFor(() => expect(inFlight(timing)).toBe(0));
    expect(counts(timing)).toEqual({ "GET / 2xx": 1 });
  });

  it("counts a client that left before its answer as aborted, and one that left amid it by its status", async () => {
    const timing = httpTiming();
    const port = await serve((req, res) => {
      timing.observe(req, res, req.url ?? "");
      if (req.url === "/stream") res.write("some");
    });
    for (const path of ["/silent", "/stream"]) {
      const socket = connect(port, "127.0.0.1");
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      if (path === "/stream") await once(socket, "data");
      await vi.waitFor(() => expect(inFlight(timing)).toBe(1));
      socket.destroy();
      await vi.waitFor(() => expect(inFlight(timing)).toBe(0));
    }
    expect(counts(timing)).toEqual({ "GET /silent aborted": 1, "GET /stream 2xx": 1 });
  });

  it("holds neither request nor response once they are over", async () => {
    const timing = httpTiming();
    const held: WeakRef<object>[] = [];
    const port = await serve((req, res) => {
      timing.observe(req, res, () => req.url);
      held.push(new WeakRef(req), new WeakRef(res));
      res.end("ok");
    });
    for (let n = 0; n < 20; n++) await ask(port, "/");
    await vi.waitFor(() => expect(inFlight(timing)).toBe(0));
    await vi.waitFor(() => {
      collectGarbage();
      // The server itself may still hold the last one.
      expect(held.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(2);
    });
  });

  it("does not count a response that was already over", async () => {
    const timing = httpTiming();
    const closed = { count: 0 };
    const port = await serve((req, res) => {
      res.end();
      res.on("close", () => {
        timing.observe(req, res, "/late");
        closed.count++;
      });
    });
    await ask(port, "/");
    await vi.waitFor(() => expect(closed.count).toBe(1));
    expect(inFlight(timing)).toBe(0);
    expect(counts(timing)).toEqual({});
  });

  it.each([
    ["a route function that throws", { clock: { monotonicMs: () => 0 } }, "GET unmatched 2xx"],
    ["a clock that throws", { clock: { monotonicMs: () => broken() } }, undefined],
  ])("serves the request all the same with %s", async (_what, options, counted) => {
    const timing = httpTiming(options);
    const port = await serve((req, res) => {
      timing.observe(req, res, broken);
      res.end();
    });
    expect(await ask(port, "/")).toBe(200);
    await vi.waitFor(() => expect(inFlight(timing)).toBe(0));
    expect(counts(timing)).toEqual(counted === undefined ? {} : { [counted]: 1 });
  });

  it("serves a request whose properties are fixed", async () => {
    const timing = httpTiming();
    const port = await serve((req, res) => {
      Object.defineProperty(req, "baseUrl", { value: "", configurable: false });
      timing.middleware(req, res, () => res.end());
    });
    expect(await ask(port, "/")).toBe(200);
    await vi.waitFor(() => expect(counts(timing)).toEqual({ "GET unmatched 2xx": 1 }));
  });
});

describe("httpTiming's buckets", () => {
  it.each([
    [[]],
    [[0]],
    [[1, 1]],
    [[2, 1]],
    [[Number.NaN]],
    [[1, Number.POSITIVE_INFINITY]],
    [Array.from({ length: 65 }, (_, n) => n + 1)],
  ])("refuses %j", (buckets) => {
    expect(() => httpTiming({ buckets })).toThrow(expect.objectContaining({ code: "MC_OPTION_INVALID" }));
  });

  it("are not the host's array", () => {
    const buckets = [1, 2];
    const timing = httpTiming({ buckets });
    buckets.push(3);
    expect(samplesOf(timing)).toHaveLength(1);
    expect(httpTiming({ buckets: Array.from({ length: 64 }, (_, n) => n + 1) })).toBeDefined();
  });
});

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

function broken(): never {
  throw new Error("broken");
}
