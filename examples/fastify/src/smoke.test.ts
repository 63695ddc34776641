import { connect, type MetricastClient } from "@metricast/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type StartedExample, startExample } from "../../started-example.js";

let example: StartedExample;
let client: MetricastClient;

beforeAll(async () => {
  example = await startExample("fastify");
  client = connect(example.url, { WebSocket });
});

afterAll(async () => {
  client.close();
  expect(await example.stop()).toBe(0);
});

test("a client sees the process and the requests it serves", async () => {
  const { series } = client.subscribe();
  for (let n = 0; n < 5; n++) await (await example.fetch("/hello/ann")).text();

  await vi.waitFor(() => {
    const all = [...series.latest()];
    const timed = all.find(
      ([key]) => key.startsWith("http_request_duration_seconds") && key.includes("/hello/:name"),
    );
    expect(timed?.[1].info.kind).toBe("histogram");
    expect(all.some(([key]) => key.startsWith("process_"))).toBe(true);
  }, 10_000);
}, 25_000);
