import { connect, type MetricastClient } from "@metricast/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type StartedExample, startExample } from "../../started-example.js";

let example: StartedExample;
let client: MetricastClient;

beforeAll(async () => {
  example = await startExample("express", { VISITORS: "1" });
  client = connect(example.url, { WebSocket });
});

afterAll(async () => {
  client.close();
  expect(await example.stop()).toBe(0);
});

test("a client sees what visitors do: requests by route, orders by country", async () => {
  const { series } = client.subscribe();

  await vi.waitFor(() => {
    const keys = [...series.latest().keys()];
    const timed = keys.filter((key) => key.startsWith("http_request_duration_seconds"));
    expect(timed.some((key) => key.includes("/products/:id"))).toBe(true);
    expect(keys.some((key) => key.startsWith("shop_orders_total{"))).toBe(true);
    expect(series.latest().get("shop_basket_value")?.value).toBeGreaterThanOrEqual(0);
  }, 15_000);
}, 25_000);

test("the printed address opens the dashboard", async () => {
  const page = await fetch(example.url);
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
});

test("health and Prometheus text are served beside", async () => {
  const health = await (await example.fetch("/metricast/health/live")).json();
  expect(health).toEqual({ status: "ok" });
  const text = await (await example.fetch("/metricast/metrics")).text();
  expect(text).toContain("# TYPE process_rss_bytes gauge");
});
