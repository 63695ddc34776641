import { connect, type MetricastClient } from "@metricast/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type StartedExample, startExample } from "../../started-example.js";

let example: StartedExample;
let client: MetricastClient;

beforeAll(async () => {
  example = await startExample("custom-source");
  client = connect(example.url, { WebSocket });
});

afterAll(async () => {
  client.close();
  expect(await example.stop()).toBe(0);
});

test("a client sees the values of all four ways", async () => {
  const { series } = client.subscribe({ select: ["machine_*", "disk_*", "page_*"] });
  const longPaths: unknown[] = [];
  client.events("events", { types: "long_path" }).on("event", ({ data }) => longPaths.push(data));
  await vi.waitFor(() => expect(series.latest().size).toBeGreaterThan(0), 10_000);
  for (const path of ["/", "/other", `/${"a".repeat(200)}`]) await (await example.fetch(path)).text();

  await vi.waitFor(() => {
    const value = (key: string) => series.latest().get(key)?.value;
    expect(value("machine_memory_free_bytes")).toBeGreaterThan(0);
    expect(value('machine_cpu_seconds_total{cpu="0",mode="user"}')).toBeGreaterThan(0);
    expect(value("machine_load_ratio")).toBeGreaterThanOrEqual(0);
    expect(value('disk_size_bytes{path="/"}')).toBeGreaterThan(0);
    expect(value('page_requests_total{page="home"}')).toBe(1);
    expect(value('page_requests_total{page="other"}')).toBe(2);
    expect(value("page_path_length")).toBe(3);
    expect(longPaths).toEqual([{ length: 201 }]);
  }, 10_000);
}, 25_000);
