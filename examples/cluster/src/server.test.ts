import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect, type MetricastClient } from "@metricast/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type StartedExample, startExample } from "../../started-example.js";

let example: StartedExample;
let client: MetricastClient;

beforeAll(async () => {
  example = await startExample("cluster");
  client = connect(example.url, { WebSocket });
}, 60_000);

afterAll(async () => {
  client.close();
  expect(await example.stop()).toBe(0);
}, 30_000);

async function restartAll(): Promise<string> {
  const script = fileURLToPath(new URL("restart.ts", import.meta.url));
  const flags = ["--conditions=metricast-src", "--import", "tsx"];
  const env = { ...process.env, PORT: new URL(example.url).port };
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script], { env });
  return stdout;
}

test("a client of the proxy sees the sum of three, and each tick while all are restarted in turn", async () => {
  const { series } = client.subscribe({ select: "shop_*" });
  const instances = () => series.latest().get("shop_instances")?.value;
  await vi.waitFor(() => expect(instances()).toBe(3), 15_000);
  let connections = 0;
  client.on("state", ({ name }) => {
    if (name === "live") connections += 1;
  });
  const [firstMs = 0] = series.columns().times;

  expect(await restartAll()).toBe("web-1 … is back\nweb-2 … is back\nweb-3 … is back\n");

  expect(connections).toBeGreaterThan(0);
  await vi.waitFor(() => {
    const { times } = series.columns();
    expect([...times]).toEqual(Array.from(times, (_, k) => firstMs + k * 1_000));
    expect(times.length).toBeGreaterThan(5);
    expect([instances(), series.gaps]).toEqual([3, []]);
  }, 15_000);
}, 90_000);

test("the page is there for people, health and metrics are for operators only", async () => {
  const page = await fetch(example.url);
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect((await example.fetch("/metricast/health")).status).toBe(403);
});
