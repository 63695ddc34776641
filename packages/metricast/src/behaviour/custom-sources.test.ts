import { manualClock, ServedCast, seriesKey, tickAlong, until, type WireView } from "@metricast/testkit";
import express from "express";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CastOptions, httpTiming, metricast, type Sample } from "../index.js";

const intervalMs = 1_000;

async function serve(options: CastOptions = {}) {
  const clock = manualClock();
  const served = await ServedCast.start(metricast({ clock, intervalMs, defaultSources: false, ...options }));
  onTestFinished(() => served.close());
  await clock.advanceAsync(0);
  const client = await served.connect();
  const view = await client.watch();
  await until(() => view.tick !== undefined);
  const ticks = (count = 1) => tickAlong(clock, intervalMs, [view], count);
  return { clock, cast: served.cast, served, client, view, ticks };
}

function shown(view: WireView): Record<string, readonly number[] | undefined> {
  return Object.fromEntries(view.series.map(({ info, slots }) => [seriesKey(info), slots]));
}

describe("a function that returns { name: number }", () => {
  test("is a source, synchronous or not, of odd numbers too", async () => {
    let n = 0;
    const { view, ticks } = await serve({
      sources: [
        () => ({ plain: ++n, negative_zero: -0, nothing: Number.NaN }),
        async () => ({ later: await Promise.resolve(10 * n), endless: Number.NEGATIVE_INFINITY }),
      ],
    });
    await ticks(2);
    expect(shown(view)).toEqual({
      plain: [3],
      negative_zero: [-0],
      nothing: [Number.NaN],
      later: [30],
      endless: [Number.NEGATIVE_INFINITY],
    });
    expect(view.faults).toEqual([]);
  });

  test("may name other series each time", async () => {
    let n = 0;
    const { view, ticks } = await serve({ sources: [() => ({ [`round_${++n}`]: n })] });
    await ticks(2);
    expect(shown(view)).toEqual({ round_1: undefined, round_2: undefined, round_3: [3] });
  });
});

describe("rich samples", () => {
  const samples: Sample[] = [
    { name: "queue_depth", value: 4, labels: { queue: "mail" }, unit: "jobs", help: "Jobs that wait." },
    { name: "queue_depth", value: 7, labels: { queue: "print" }, unit: "jobs", help: "Jobs that wait." },
    { name: "jobs_total", value: 12, kind: "counter" },
    {
      name: "job_seconds",
      value: { bounds: [1, 2], counts: [3, 4, 5], sum: 30, count: 12 },
      unit: "seconds",
    },
  ];
  const expected = {
    'queue_depth{queue="mail"}': [4],
    'queue_depth{queue="print"}': [7],
    jobs_total: [12],
    job_seconds: [3, 4, 5, 30],
  };

  test("carry labels, kind, unit and help", async () => {
    const { view, client } = await serve({ sources: [{ name: "jobs", read: () => samples }] });
    expect(shown(view)).toEqual(expected);
    expect(view.state("jobs_total")?.info.kind).toBe("counter");
    expect(view.state("job_seconds")?.info).toMatchObject({
      kind: "histogram",
      bounds: [1, 2],
      unit: "seconds",
    });
    const list = await client.ask({ type: "list", channel: "metrics" });
    expect(list).toMatchObject({
      type: "series",
      channels: [{ series: [{ name: "queue_depth", unit: "jobs", help: "Jobs that wait." }, {}, {}, {}] }],
    });
  });

  test("may come one by one from an async iterable", async () => {
    async function* read() {
      for (const sample of samples) {
        await Promise.resolve();
        yield sample;
      }
    }
    const { view, ticks } = await serve({ sources: [{ name: "jobs", read }] });
    await ticks();
    expect(shown(view)).toEqual(expected);
  });
});

test("values are pushed by counters, gauges and histograms", async () => {
  const { cast, view, ticks } = await serve();
  const sent = cast.counter("mails_total", { labels: ["kind"] });
  const waiting = cast.gauge("mails_waiting", { unit: "mails" });
  const sizes = cast.histogram("mail_bytes", { unit: "bytes", bounds: [10, 100] });
  sent.inc(2, { kind: "news" });
  sent.inc(1, { kind: "bill" });
  sent.inc(1, { kind: "news" });
  waiting.set(9);
  for (const size of [5, 10, 11, 1_000]) sizes.observe(size);
  await ticks();
  expect(shown(view)).toEqual({
    'mails_total{kind="news"}': [3],
    'mails_total{kind="bill"}': [1],
    mails_waiting: [9],
    mail_bytes: [2, 1, 1, 1_026],
  });
  sent.inc(1, { kind: "bill" });
  await ticks();
  expect(view.value('mails_total{kind="bill"}')).toBe(2);
  expect(view.state("mails_waiting")?.info).toMatchObject({ kind: "gauge", unit: "mails" });
});

test("events arrive at once, in order, each once, and only the types selected", async () => {
  const { cast, client, clock } = await serve();
  const all = await client.watch({ channel: "events" });
  const deploys = await client.watch({ channel: "events", select: ["deploy*"] });
  cast.event("deploy", { version: "1.2.3" });
  cast.event("login", null);
  cast.event("deploy_done", [1, 2]);
  await clock.advanceAsync(0);
  await until(() => all.events.length === 3 && deploys.events.length === 2);
  expect(all.events.map(({ type, data, atMs }) => [type, data, atMs])).toEqual([
    ["deploy", { version: "1.2.3" }, clock.dateMs()],
    ["login", null, clock.dateMs()],
    ["deploy_done", [1, 2], clock.dateMs()],
  ]);
  expect(deploys.events).toEqual([all.events[0], all.events[2]]);
  expect(new Set(all.events.map(({ id }) => id)).size).toBe(3);
});

test("requests are timed by method, route pattern and status class, unmatched ones in one bucket", async () => {
  const timing = httpTiming();
  const { view, ticks } = await serve({ sources: [timing.source] });
  const app = express();
  app.use(timing.middleware);
  app.get("/users/:id", (_, res) => void res.send("ok"));
  app.post("/users/:id", (_, res) => void res.status(503).end());
  const server = app.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await until(() => server.listening);
  const address = server.address();
  const base = `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
  const ask = async (path: string, method = "GET") => (await fetch(base + path, { method })).text();
  for (const id of [1, 2, 3]) await ask(`/users/${id}`);
  await ask("/users/4", "POST");
  for (const path of ["/wp-login.php", "/.env", "/users/1/secrets"]) await ask(path);

  const counts = () =>
    view.series
      .filter(({ info }) => info.name === "http_request_duration_seconds")
      .map(({ info, slots }) => [info.labels, slots?.slice(0, -1).reduce((sum, count) => sum + count)]);
  await ticks();
  await until(async () => {
    await ticks();
    return counts().length === 3;
  });
  expect(counts()).toEqual([
    [{ method: "GET", route: "/users/:id", status: "2xx" }, 3],
    [{ method: "POST", route: "/users/:id", status: "5xx" }, 1],
    [{ method: "GET", route: "unmatched", status: "4xx" }, 3],
  ]);
});
