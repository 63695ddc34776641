import { connect, type MetricastClient } from "@metricast/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type StartedExample, startExample } from "../../started-example.js";

let example: StartedExample;
let client: MetricastClient;

beforeAll(async () => {
  example = await startExample("otel");
  client = connect(example.url, { WebSocket });
});

afterAll(async () => {
  client.close();
  expect(await example.stop()).toBe(0);
});

test("a client sees what OpenTelemetry counts", async () => {
  const { series } = client.subscribe();
  for (let n = 0; n < 30; n++) await (await example.fetch("/order")).text();

  await vi.waitFor(() => {
    const all = [...series.latest()];
    const placed = all.filter(([key]) => key.startsWith("orders.placed{"));
    expect(placed.reduce((sum, [, { value }]) => sum + value, 0)).toBe(30);
    const [, duration] = all.find(([key]) => key.startsWith("order.duration{")) ?? [];
    expect(duration).toMatchObject({ value: 30, info: { kind: "histogram", unit: "seconds" } });
  }, 10_000);
}, 25_000);
