import type { IncomingMessage, RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import type { Sample } from "@metricast/core";
import { HttpHost } from "@metricast/testkit";
import { type OpenMetricsContentType, Registry, Summary } from "prom-client";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type ScrapeSourceOptions, scrapeSource } from "./scrape.js";

const hosts: HttpHost[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

async function exporter(listener: RequestListener): Promise<string> {
  const host = await HttpHost.start(listener);
  hosts.push(host);
  return `http://127.0.0.1:${host.port}/metrics`;
}

async function read(options: ScrapeSourceOptions, signal = new AbortController().signal): Promise<Sample[]> {
  const samples = await scrapeSource(options).read({ now: 0, signal });
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return samples;
}

async function values(options: ScrapeSourceOptions): Promise<Record<string, unknown>> {
  return valuesOf(await read(options));
}

function valuesOf(samples: readonly Sample[]): Record<string, unknown> {
  return Object.fromEntries(samples.map(({ name, value }) => [name, value]));
}

const text = '# TYPE jobs_total counter\njobs_total{queue="a"} 3\n';

describe("scrapeSource", () => {
  it("gives the exporter's samples and its own gauges", async () => {
    const url = await exporter((_req, res) => res.end(text));
    let nowMs = 0;
    const clock = { monotonicMs: () => (nowMs += 250), after: () => () => {} };
    const labels = { target: new URL(url).host };
    expect(await read({ url, clock })).toMatchObject([
      { name: "jobs_total", labels: { queue: "a" }, kind: "counter", value: 3 },
      { name: "up", labels, value: 1 },
      { name: "scrape_duration_seconds", labels, value: 0.25, unit: "seconds" },
      { name: "scrape_samples_scraped", labels, value: 1 },
    ]);
  });

  it("asks for text and sends the headers it was given, a password of the URL as authorization", async () => {
    const asked: IncomingMessage[] = [];
    const url = new URL(
      await exporter((req, res) => {
        asked.push(req);
        res.end(text);
      }),
    );
    url.username = "us%40er";
    url.password = "secret";
    await read({ url, headers: { "X-Scope": "a" } });
    await read({ url, headers: { Authorization: "Bearer b" } });
    expect(asked[0]?.headers).toMatchObject({
      accept: expect.stringMatching(/^text\/plain;version=0\.0\.4/),
      authorization: `Basic ${btoa("us@er:secret")}`,
      "x-scope": "a",
    });
    expect(asked[1]?.headers.authorization).toBe("Bearer b");
    expect(url.password).toBe("secret");
  });

  it("takes compressed answers, and bounds them decompressed", async () => {
    const line = `${"a".repeat(100)} 1\n`;
    const body = gzipSync(line.repeat(1_000));
    const url = await exporter((_req, res) => res.setHeader("content-encoding", "gzip").end(body));
    const maxBytes = line.length * 1_000;
    expect(await values({ url, maxBytes })).toMatchObject({ up: 1, scrape_samples_scraped: 1_000 });
    await expect(read({ url, maxBytes: maxBytes - 1 })).rejects.toThrow(`more than ${maxBytes - 1} bytes`);
  });

  it("stops reading an answer that does not end, and lets go of it", async () => {
    const sent = { bytes: 0, closed: false };
    const url = await exporter((_req, res) => {
      const more = () => {
        while (!res.destroyed && res.write(text.repeat(100))) sent.bytes += text.length * 100;
      };
      res.on("drain", more).on("close", () => {
        sent.closed = true;
      });
      more();
    });
    await expect(read({ url, maxBytes: 100_000 })).rejects.toThrow("more than 100000 bytes");
    await vi.waitFor(() => expect(sent.closed).toBe(true));
  });

  it.each([[204], [404], [500], [503]])("fails with the status %i", async (status) => {
    const url = await exporter((_req, res) => res.writeHead(status).end(status === 204 ? undefined : text));
    await expect(read({ url })).rejects.toThrow(`${new URL(url).host} answered ${status}`);
  });

  it("fails with the reason where nobody listens", async () => {
    const url = await exporter(() => {});
    for (const host of hosts.splice(0)) await host.close();
    await expect(read({ url })).rejects.toThrow(/cannot be reached: .*ECONNREFUSED/);
  });

  it("fails where the answer is no exposition at all, keeps what is good of one that partly is", async () => {
    const bodies = ["<!doctype html>\n<p>Welcome", `${text}<p>\n`, ""];
    const url = await exporter((_req, res) => res.end(bodies.shift()));
    await expect(read({ url })).rejects.toThrow("did not answer metrics: line 1: no metric name");
    expect(await values({ url })).toMatchObject({ up: 1, jobs_total: 3 });
    expect(await values({ url })).toMatchObject({ up: 1, scrape_samples_scraped: 0 });
  });

  it("ends with the channel's deadline", async () => {
    const asked: string[] = [];
    const url = await exporter((req) => asked.push(req.url ?? ""));
    const deadline = new AbortController();
    const reading = read({ url }, deadline.signal);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    deadline.abort(new Error("too late"));
    await expect(reading).rejects.toThrow("too late");
    await expect(read({ url }, deadline.signal)).rejects.toThrow("too late");
    expect(asked).toHaveLength(1);
  });

  it("ends with the deadline also where fetch takes no notice of it", async () => {
    vi.stubGlobal("fetch", () => new Promise(() => {}));
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
    const deadline = new AbortController();
    const reading = read({ url: "http://127.0.0.1:1/metrics" }, deadline.signal);
    deadline.abort(new Error("too late"));
    await expect(reading).rejects.toThrow("too late");
  });

  it("ends with a time of its own, also amid an answer", async () => {
    const url = await exporter((_req, res) => res.write(text));
    const delays: [delayMs: number, run: () => void][] = [];
    const clock: ScrapeSourceOptions["clock"] = {
      monotonicMs: () => 0,
      after: (delayMs, run) => {
        delays.push([delayMs, run]);
        return () => {};
      },
    };
    const reading = read({ url, timeoutMs: 50, clock });
    const [delayMs, expire] = delays[0] ?? [];
    expect(delayMs).toBe(50);
    expire?.();
    await expect(reading).rejects.toThrow(/no answer from 127\.0\.0\.1:\d+ within 50 ms/);
  });

  it("leaves neither timer nor listener behind", async () => {
    const url = await exporter((_req, res) => res.end(text));
    const cancel = vi.fn();
    const signal = new AbortController().signal;
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    await read({ url, timeoutMs: 1_000, clock: { monotonicMs: () => 0, after: () => cancel } }, signal);
    expect(cancel).toHaveBeenCalledOnce();
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(
      add.mock.calls.map(([, listener]) => listener),
    );
  });

  it("adds labels to every series and keeps the exporter's own by another name", async () => {
    const url = await exporter((_req, res) => res.end(`${text}up{target="z"} 5\n`));
    const samples = await read({ url, labels: { queue: "mine", target: "t" } });
    expect(samples.map(({ name, labels }) => ({ name, ...labels }))).toEqual([
      { name: "jobs_total", exported_queue: "a", queue: "mine", target: "t" },
      { name: "up", exported_target: "z", queue: "mine", target: "t" },
      { name: "up", queue: "mine", target: "t" },
      { name: "scrape_duration_seconds", queue: "mine", target: "t" },
      { name: "scrape_samples_scraped", queue: "mine", target: "t" },
    ]);
  });

  it("reads what a prom-client registry serves as OpenMetrics", async () => {
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    new Summary({ name: "wait_seconds", help: "W.", registers: [registry] }).observe(2);
    const url = await exporter((_req, res) => void registry.metrics().then((body) => res.end(body)));
    expect(await values({ url })).toMatchObject({ up: 1, wait_seconds_sum: 2, wait_seconds_count: 1 });
  });

  it("is named after its host unless it has a name", () => {
    expect(scrapeSource({ url: "http://a:secret@db:9100/metrics" }).name).toBe("scrape:db:9100");
    expect(scrapeSource({ url: "http://[::1]:9100/metrics" }).name).toBe("scrape:::1:9100");
    expect(scrapeSource({ url: "https://db/metrics", name: "db" }).name).toBe("db");
  });

  it.each([
    { url: "db:9100" },
    { url: "/metrics" },
    { url: "file:///etc/passwd" },
    { url: "http://db", timeoutMs: 0 },
    { url: "http://db", timeoutMs: Number.NaN },
    { url: "http://db", maxBytes: -1 },
    { url: "http://db", maxBytes: Number.POSITIVE_INFINITY },
  ])("refuses %j", (options) => {
    expect(() => scrapeSource(options)).toThrow(expect.objectContaining({ code: "MC_OPTION_INVALID" }));
  });
});
