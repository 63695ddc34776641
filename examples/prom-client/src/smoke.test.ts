import { connect, type MetricastClient } from "@metricast/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type StartedExample, startExample } from "../../started-example.js";

let example: StartedExample;
let client: MetricastClient;

beforeAll(async () => {
  example = await startExample("prom-client");
  client = connect(example.url, { WebSocket });
});

afterAll(async () => {
  client.close();
  expect(await example.stop()).toBe(0);
});

test("a client sees what Prometheus sees", async () => {
  const { series } = client.subscribe();
  await vi.waitFor(() => expect(series.latest().size).toBeGreaterThan(30), 10_000);
  for (let n = 0; n < 30; n++) await (await example.fetch("/order")).text();

  await vi.waitFor(() => {
    const orders = [...series.latest()].filter(([key]) => key.startsWith("shop_order_items{"));
    expect(orders.reduce((sum, [, { value }]) => sum + value, 0)).toBe(30);
    expect(orders.every(([, { info }]) => info.kind === "histogram")).toBe(true);
  }, 10_000);

  const text = await (await example.fetch("/metrics")).text();
  const [, started = ""] = /^process_start_time_seconds (\d+)$/m.exec(text) ?? [];
  expect(series.latest().get("process_start_time_seconds")?.value).toBe(Number(started));
}, 25_000);
