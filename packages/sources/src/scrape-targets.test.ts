import type { RequestListener } from "node:http";
import type { Sample, Source } from "@metricast/core";
import { HttpHost, startNodeExporter } from "@metricast/testkit";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { scrapeTargets } from "./scrape-targets.js";

async function exporter(listener: RequestListener): Promise<string> {
  const host = await HttpHost.start(listener);
  onTestFinished(() => host.close());
  return `http://127.0.0.1:${host.port}/metrics`;
}

async function read(source: Source | undefined, signal = new AbortController().signal): Promise<Sample[]> {
  const samples = await source?.read({ now: 0, signal });
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return samples;
}

const text = "jobs_total 3\n";
const answering: RequestListener = (_req, res) => res.end(text);

describe("scrapeTargets", () => {
  it("is a source for each target, and one that says what came of them", async () => {
    const [good, bad] = [await exporter(answering), await exporter((_req, res) => res.writeHead(500).end())];
    const sources = scrapeTargets({ targets: [good, bad] });
    const [first, second, report] = sources;
    expect(sources).toHaveLength(3);
    expect(await read(report)).toEqual([]);
    const target = new URL(good).host;
    expect(await read(first)).toMatchObject([{ name: "jobs_total", labels: { target }, value: 3 }]);
    await expect(read(second)).rejects.toThrow("answered 500");
    const ups = (await read(report)).filter(({ name }) => name === "up");
    expect(ups).toMatchObject([
      { labels: { target }, value: 1 },
      { labels: { target: new URL(bad).host }, value: 0 },
    ]);
  });

  it("says how long each took, from its turn on, and what was kept", async () => {
    const url = await exporter((_req, res) => res.end(`${text}noise 1\n`));
    let nowMs = 0;
    const [first, report] = scrapeTargets({
      targets: [{ url, labels: { target: "db", zone: "a" } }],
      relabel: [{ action: "drop", sourceLabels: ["__name__"], match: /^noise$/ }],
      clock: { monotonicMs: () => (nowMs += 500), after: () => () => {} },
    });
    expect(first?.name).toBe("scrape:db");
    expect(await read(first)).toHaveLength(1);
    const labels = { target: "db", zone: "a" };
    expect(await read(report)).toMatchObject([
      { name: "up", labels, value: 1 },
      { name: "scrape_duration_seconds", labels, value: 0.5 },
      { name: "scrape_samples_scraped", labels, value: 2 },
      { name: "scrape_samples_post_metric_relabeling", labels, value: 1 },
    ]);
  });

  it("adds a target's labels and headers to the common ones", async () => {
    const seen: unknown[] = [];
    const url = await exporter((req, res) => {
      seen.push(req.headers.authorization, req.headers["x-own"]);
      res.end(text);
    });
    const [first] = scrapeTargets({
      targets: [{ url, headers: { "x-own": "1" }, labels: { zone: "b" } }],
      headers: { authorization: "Bearer a" },
      labels: { zone: "a", team: "t" },
    });
    const [sample] = await read(first);
    expect({ ...sample?.labels }).toEqual({ target: new URL(url).host, zone: "b", team: "t" });
    expect(seen).toEqual(["Bearer a", "1"]);
  });

  it("asks only so many at a time; who has no turn by its deadline is down", async () => {
    const waiting: (() => void)[] = [];
    const targets = await Promise.all(
      [0, 1, 2].map(() => exporter((_req, res) => waiting.push(() => res.end(text)))),
    );
    const [first, second, third, report] = scrapeTargets({ targets, maxConcurrent: 2 });
    const deadline = new AbortController();
    const reads = [read(first), read(second)];
    const late = read(third, deadline.signal);
    await vi.waitFor(() => expect(waiting).toHaveLength(2));
    deadline.abort(new Error("too late"));
    await expect(late).rejects.toThrow("too late");
    for (const answer of waiting) answer();
    await Promise.all(reads);
    expect((await read(report)).filter(({ name }) => name === "up").map(({ value }) => value)).toEqual([
      1, 1, 0,
    ]);
  });

  it("scrapes two real exporters, of which one goes", async () => {
    const exporters = [await startNodeExporter(), await startNodeExporter()];
    onTestFinished(() => Promise.all(exporters.map((one) => one.stop())).then(() => {}));
    const [first, second, report] = scrapeTargets({
      targets: exporters.map(({ url }) => url),
      relabel: [
        { action: "keep", sourceLabels: ["__name__"], match: /^node_(cpu|memory)_/ },
        { action: "labeldrop", match: /^mode$/ },
      ],
    });
    const samples = await read(first);
    expect(samples.length).toBeGreaterThan(10);
    expect(samples.every(({ name }) => /^node_(cpu|memory)_/.test(name))).toBe(true);
    expect(await read(second)).toHaveLength(samples.length);
    await exporters[1]?.stop();
    await expect(read(second)).rejects.toThrow("cannot be reached");
    await read(first);
    expect((await read(report)).filter(({ name }) => name === "up").map(({ value }) => value)).toEqual([
      1, 0,
    ]);
  });

  it.each([
    ["two targets that cannot be told apart", { targets: ["http://a/x", "http://a/y"] }],
    ["what is no URL", { targets: ["a:9100"] }],
    ["no turn for anybody", { targets: [], maxConcurrent: 0 }],
  ])("refuses %s", (_, options) => {
    expect(() => scrapeTargets(options)).toThrow(expect.objectContaining({ code: "MC_OPTION_INVALID" }));
  });
});
