import { once } from "node:events";
import type { Server } from "node:http";
import { connect, type MetricastClient } from "@metricast/client";
import { until } from "@metricast/testkit";
import express from "express";
import { Counter, collectDefaultMetrics, Registry } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Cast, httpTiming, metricast, promClientSource } from "../index.js";

// A live Express app with prom-client's default metrics, loaded while a client watches.

const requests = 600;
const atOnce = 20;

const registry = new Registry();
const visits = new Counter({
  name: "visits_total",
  help: "Visits.",
  labelNames: ["page"],
  registers: [registry],
});
let cast: Cast;
let server: Server;
let client: MetricastClient;

beforeAll(async () => {
  collectDefaultMetrics({ register: registry });
  const timing = httpTiming();
  cast = metricast({
    intervalMs: 100,
    defaultSources: false,
    sources: [promClientSource({ registry }), timing.source],
  });
  const app = express();
  app.use(timing.middleware);
  app.get("/pages/:page", (request, response) => {
    visits.inc({ page: request.params.page });
    response.send("seen");
  });
  server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  cast.attach(server);
  client = connect(cast.url ?? "", { WebSocket });
});

afterAll(async () => {
  client.close();
  await cast.close();
  server.close();
  server.closeAllConnections();
});

async function visit(count: number): Promise<void> {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  for (let n = 0; n < count; n++) {
    await (await fetch(`http://127.0.0.1:${port}/pages/${n % 3}`)).text();
  }
}

test("what a client holds in the end is what the registry holds, and nothing is missing between", async () => {
  const { series } = client.subscribe();
  const told: string[] = [];
  client.on("error", ({ code }) => told.push(code));
  await until(() => series.latest().size > 30);
  await Promise.all(Array.from({ length: atOnce }, () => visit(requests / atOnce)));

  const count = (prefix: string) =>
    [...series.latest()]
      .filter(([key]) => key.startsWith(prefix))
      .reduce((sum, [, { value }]) => sum + value, 0);
  await until(() => count("visits_total{") === requests);
  await until(() => count("http_request_duration_seconds{") === requests);
  const started = await registry.getSingleMetric("process_start_time_seconds")?.get();
  expect(series.latest().get("process_start_time_seconds")?.value).toBe(started?.values[0]?.value);
  expect(series.latest().get("nodejs_heap_size_used_bytes")?.info.unit).toBe("bytes");
  expect(series.gaps.filter(({ reason }) => reason !== "not_sampled")).toEqual([]);
  expect(told).toEqual([]);
});
