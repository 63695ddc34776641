import { connect, type MetricastClient } from "@metricast/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type StartedExample, startExample } from "../../started-example.js";

let example: StartedExample;
let client: MetricastClient;

beforeAll(async () => {
  example = await startExample("uws");
  client = connect(example.url, { WebSocket });
}, 60_000);

afterAll(async () => {
  client.close();
  expect(await example.stop()).toBe(0);
});

test("a client sees the process and who came by", async () => {
  const { series } = client.subscribe();
  for (let n = 0; n < 5; n++) await (await example.fetch("/")).text();

  await vi.waitFor(() => {
    const latest = series.latest();
    expect(latest.get("greetings_total")?.value).toBe(5);
    expect([...latest.keys()].some((key) => key.startsWith("process_"))).toBe(true);
  }, 10_000);
}, 25_000);

test("the printed address opens the dashboard; health and Prometheus text are served beside", async () => {
  const page = await fetch(example.url);
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(await (await example.fetch("/metricast/health/live")).json()).toEqual({ status: "ok" });
  expect(await (await example.fetch("/metricast/metrics")).text()).toContain(
    "# TYPE process_rss_bytes gauge",
  );
});
