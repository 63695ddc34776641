import { connect, type MetricastClient } from "@metricast/client";
import { type RunningExporter, startNodeExporter, until } from "@metricast/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { serve } from "./serve.js";
import { watch } from "./watch.js";

/** Takes what a command prints. */
class Printed {
  text = "";
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

let exporter: RunningExporter;
let printed: Printed;
let end: AbortController;
let served: Promise<void>;
let client: MetricastClient | undefined;

beforeEach(async () => {
  exporter = await startNodeExporter();
  printed = new Printed();
  end = new AbortController();
  served = serve({
    scrape: [exporter.url],
    port: 0,
    host: "127.0.0.1",
    intervalMs: 1_000, // the exporter has a quarter of it to answer, also on a busy machine
    isPublic: false,
    out: printed,
    signal: end.signal,
  });
  await until(() => printed.text.includes("metricast: http"));
});

afterEach(async () => {
  client?.close();
  end.abort();
  await served;
  await exporter.stop();
});

const url = () => /^metricast: (\S+)$/m.exec(printed.text)?.[1] ?? "";

test("any exporter is broadcast without code, with kinds, units and labels", async () => {
  client = connect(url(), { WebSocket });
  const { series } = client.subscribe({
    select: ['node_cpu_seconds_total{mode="idle"}', "node_memory_*", "up"],
  });
  await until(() => series.latest().size > 10, 12_000);
  const latest = series.latest();
  const idle = [...latest].filter(([key]) => key.startsWith("node_cpu_seconds_total"));
  expect(idle.length).toBeGreaterThan(0);
  expect(idle.every(([, { info }]) => info.kind === "counter" && info.labels.mode === "idle")).toBe(true);
  expect(latest.get("node_memory_MemTotal_bytes")?.info.unit).toBe("bytes");
});

test("its address opens the dashboard, and nothing else does", async () => {
  const page = await fetch(url());
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect((await fetch(url().replace(/token=.*/, "token=nonsense"))).status).toBe(401);
  expect(await (await fetch(new URL("/", url()))).text()).toBe("the dashboard is at /metricast/\n");
});

test("a wrong token is refused for good, and the watch says so", async () => {
  const out = new Printed();
  const wrong = url().replace(/token=.*/, "token=nonsense");
  const watching = watch(wrong, { out, isTty: false, signal: end.signal });
  await expect(watching).rejects.toThrow("4502");
});

test("the watch prints values line by line where there is no terminal, and ends by its signal", async () => {
  const out = new Printed();
  const stop = new AbortController();
  const watching = watch(url(), { select: ["node_load1"], out, isTty: false, signal: stop.signal });
  await until(() => /node_load1=\d/.test(out.text));
  stop.abort();
  await watching;
  expect(out.text).toMatch(/^connecting\nlive on /);
});

test("the watch paints a terminal in place and leaves it as it was", async () => {
  const out = Object.assign(new Printed(), { columns: 80, rows: 10 });
  const stop = new AbortController();
  const watching = watch(url(), { out, isTty: true, signal: stop.signal });
  await until(() => out.text.includes("more (choose with --select)"));
  stop.abort();
  await watching;
  expect(out.text.startsWith("\x1b[?1049h")).toBe(true);
  expect(out.text.endsWith("\x1b[?1049l")).toBe(true);
});

test("a port that is taken is an error, not a crash", async () => {
  const { port } = new URL(url());
  const again = serve({
    scrape: [exporter.url],
    port: Number(port),
    host: "127.0.0.1",
    intervalMs: 1_000,
    isPublic: false,
    out: new Printed(),
    signal: end.signal,
  });
  await expect(again).rejects.toThrow("EADDRINUSE");
});
