import type { Sample } from "@metricast/core";
import { type RunningExporter, startNodeExporter } from "@metricast/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scrapeSource } from "./scrape.js";

describe("scrapeSource at a real prometheus-node-exporter", () => {
  let exporter: RunningExporter;

  beforeAll(async () => {
    exporter = await startNodeExporter();
  });

  afterAll(() => exporter.stop());

  async function read(): Promise<Sample[]> {
    const given = await scrapeSource({ url: exporter.url }).read({
      now: 0,
      signal: new AbortController().signal,
    });
    if (!Array.isArray(given)) throw new Error("samples come as an array");
    return given;
  }

  it("gives every row that a plain split of its text finds", async () => {
    const text = await (await fetch(exporter.url)).text();
    const rows = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const names = new Set(rows.map((line) => line.slice(0, line.search(/[{ ]/))));
    const samples = await read();
    const own = ["up", "scrape_duration_seconds", "scrape_samples_scraped"];
    expect(new Set(samples.map(({ name }) => name))).toEqual(new Set([...names, ...own]));
    // Some series come and go with what the machine does.
    expect(Math.abs(samples.length - own.length - rows.length)).toBeLessThan(rows.length * 0.05);
  });

  it("gives live values with kinds and units", async () => {
    const samples = await read();
    const named = (name: string) => samples.find((sample) => sample.name === name);
    expect(named("up")?.value).toBe(1);
    expect(named("node_cpu_seconds_total")).toMatchObject({ kind: "counter", unit: "seconds" });
    expect(named("node_memory_MemTotal_bytes")).toMatchObject({ kind: "gauge", unit: "bytes" });
    expect(Number(named("node_time_seconds")?.value)).toBeCloseTo(Date.now() / 1_000, -1);
    expect(named("go_gc_duration_seconds")?.labels).toEqual({ quantile: "0" });
    expect(named("go_gc_duration_seconds_count")?.kind).toBe("counter");
  });
});
