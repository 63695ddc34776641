import { connect, type MetricastClient } from "@metricast/client";
import { type RunningExporter, startNodeExporter } from "@metricast/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type StartedExample, startExample } from "../../started-example.js";

let exporter: RunningExporter;
let example: StartedExample;
let client: MetricastClient;

beforeAll(async () => {
  exporter = await startNodeExporter();
  example = await startExample("scrape-exporter", { SCRAPE_URL: exporter.url });
  client = connect(example.url, { WebSocket });
});

afterAll(async () => {
  client.close();
  await exporter.stop();
  expect(await example.stop()).toBe(0);
});

test("a client sees a real exporter's metrics, and that they are stale once it is gone", async () => {
  const { series } = client.subscribe({ select: ["node_*", "up"] });
  await vi.waitFor(() => {
    const memory = series.latest().get("node_memory_MemTotal_bytes");
    expect(memory?.value).toBeGreaterThan(0);
    expect(memory?.info).toMatchObject({ kind: "gauge", unit: "bytes" });
    expect(series.latest().size).toBeGreaterThan(100);
  }, 10_000);

  await exporter.stop();
  await vi.waitFor(() => {
    expect(series.latest().get("node_memory_MemTotal_bytes")).toMatchObject({ stale: "failed" });
  }, 10_000);
}, 25_000);
