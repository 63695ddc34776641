import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@metricast/client";
import { createMetricast, type Sample, type SourceContext } from "@metricast/core";
import { HttpHost, manualClock, until } from "@metricast/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { metricast } from "../cast.js";
import { replaySource } from "../recording/replay-source.js";
import { record } from "./record.js";
import { replay } from "./replay.js";

/** Takes what a command prints. */
class Printed {
  text = "";
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

let folder: string;
const ends: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "metricast-record-"));
  ends.push(() => rm(folder, { recursive: true }));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** What the recorded service has at a time: all that a series can do. */
function samplesAt(now: number): Sample[] {
  const k = now / 100;
  const counts = [k % 1_000, 2, 1];
  const value = { bounds: [1, 2], counts, sum: k / 3, count: (k % 1_000) + 3 };
  return [
    { name: "load", value: k % 7 === 0 ? Number.NaN : Math.sin(k) },
    { name: "served_total", kind: "counter", unit: "requests", labels: { route: "/a" }, value: k },
    { name: "took_seconds", help: "How long.", value },
    ...(k % 3 === 0 ? [{ name: "sometimes", value: 1 }] : []),
  ];
}

const bare = ({ name, value }: Sample) => [name, value];

test("what was recorded of a running service comes back, tick by tick, and as a service", async () => {
  const read = ({ now }: SourceContext) => samplesAt(now);
  const cast = metricast({
    public: true,
    intervalMs: 100,
    defaultSources: false,
    sources: [read],
    dashboard: false,
  });
  const host = await HttpHost.start();
  cast.attach(host.server);
  ends.push(
    () => host.close(),
    () => cast.close(),
  );
  const file = join(folder, "a.rec");
  const out = new Printed();
  const stop = new AbortController();
  const recording = record({
    url: cast.url ?? "",
    file,
    channel: ["metrics", "events"],
    out,
    signal: stop.signal,
  });
  const lines = async () => (await readFile(file, "utf8").catch(() => "")).split("\n");
  await until(async () => (await lines()).length > 10, 20_000);
  cast.event("deploy", { version: 3 });
  await until(async () => (await lines()).some((line) => line.includes("deploy")), 10_000);
  await until(async () => (await lines()).length > 25, 20_000);
  stop.abort();
  await recording;
  expect(out.text).toBe(`recording metrics, events to ${file}\n`);

  const times = (await lines()).flatMap((line) => /^\{"c":0,"t":(\d+)/.exec(line)?.[1] ?? []).map(Number);
  expect(times.length).toBeGreaterThan(10);
  const source = replaySource(file, { speed: "max" });
  for (const now of times) {
    const samples = await source.read({ now: 0, signal: stop.signal });
    expect(Array.from(Object(samples), bare).sort()).toEqual(samplesAt(now).map(bare).sort());
  }

  const printed = new Printed();
  const end = new AbortController();
  const replaying = replay({
    file,
    speed: "max",
    port: 0,
    host: "127.0.0.1",
    isPublic: true,
    out: printed,
    signal: end.signal,
  });
  await until(() => printed.text.includes("metricast: http"));
  const client = connect(/^metricast: (\S+)$/m.exec(printed.text)?.[1] ?? "", { WebSocket });
  ends.push(() => client.close());
  const { series } = client.subscribe();
  const events: unknown[] = [];
  client.events("events", { sinceMs: 60_000 }).on("event", ({ type, data }) => events.push([type, data]));
  await until(() => printed.text.includes("the recording is over"), 20_000);
  const [, counter] = samplesAt(times.at(-1) ?? 0);
  await until(() => series.latest().get('served_total{route="/a"}')?.value === counter?.value, 10_000);
  expect(series.latest().get('served_total{route="/a"}')?.info).toMatchObject({
    kind: "counter",
    unit: "requests",
  });
  await until(() => events.length > 0);
  expect(events).toEqual([["deploy", { version: 3 }]]);
  end.abort();
  await replaying;
}, 60_000);

test("a test replays a recording by its own clock", async () => {
  const file = join(folder, "b.rec");
  const header = {
    format: "metricast-recording",
    version: 1,
    startedMs: 0,
    channels: [{ channel: "metrics", kind: "metrics", intervalMs: 1_000 }],
  };
  const lines = [header, { c: 0, series: [{ name: "load", kind: "gauge", labels: {} }] }];
  const ticks = [3, 5, 9].map((value, k) => ({ c: 0, t: (k + 1) * 1_000, v: [0, value] }));
  await writeFile(file, [...lines, ...ticks].map((line) => `${JSON.stringify(line)}\n`).join(""));
  const clock = manualClock();
  const cast = createMetricast({
    clock,
    intervalMs: 1_000,
    public: true,
    sources: [replaySource(file, { speed: "max" })],
  });
  ends.push(() => cast.close());
  await cast.start();
  const last = () => {
    const [load] = cast.query({ from: 0, to: clock.dateMs(), select: ["load"] }).series;
    return load?.columns[0]?.last.at(-1);
  };
  await until(async () => {
    await clock.advanceAsync(1_000);
    return last() === 9;
  });
});

test("a file that is there is left alone, and what cannot be had says why", async () => {
  const file = join(folder, "c.rec");
  await writeFile(file, "mine");
  const cast = metricast({ public: true, intervalMs: 100, defaultSources: false, dashboard: false });
  const host = await HttpHost.start();
  cast.attach(host.server);
  ends.push(
    () => host.close(),
    () => cast.close(),
  );
  const { signal } = new AbortController();
  const url = cast.url ?? "";
  const out = new Printed();
  await expect(record({ url, file, out, signal })).rejects.toThrow("EEXIST");
  expect(await readFile(file, "utf8")).toBe("mine");
  const other = join(folder, "d.rec");
  await expect(record({ url, file: other, channel: ["nowhere"], out, signal })).rejects.toThrow(
    'no channel "nowhere"',
  );
  const place = { port: 0, host: "127.0.0.1", isPublic: true, speed: 1, out, signal };
  await expect(readFile(other)).rejects.toThrow("ENOENT");
  await expect(replay({ file, ...place })).rejects.toThrow("this is no recording of metricast");
  await expect(replay({ file: join(folder, "none"), ...place })).rejects.toThrow("ENOENT");
});

test("a recording that is spoilt further on ends the service with what is wrong", async () => {
  const file = join(folder, "e.rec");
  const channels = [{ channel: "metrics", kind: "metrics", intervalMs: 100 }];
  const header = JSON.stringify({ format: "metricast-recording", version: 1, startedMs: 0, channels });
  await writeFile(file, `${header}\nnonsense\n`);
  const { signal } = new AbortController();
  const place = { port: 0, host: "127.0.0.1", isPublic: true, speed: 1, out: new Printed(), signal };
  await expect(replay({ file, ...place })).rejects.toThrow("line 2 is no JSON object");
});
