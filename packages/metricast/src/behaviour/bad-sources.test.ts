import { manualClock, ServedCast, tickAlong, until } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type MetricastError, metricast, type Sample, type Source } from "../index.js";

const intervalMs = 1_000;

/** What no typed host would return. */
function untyped(read: () => unknown): Source["read"] {
  const box: object = { read };
  return Reflect.get(box, "read");
}

/** A good source beside a bad one, a client that watches both, and all that the host is told. */
async function serve(bad: Source) {
  const clock = manualClock();
  let reads = 0;
  const good: Source = { name: "good", read: () => ({ good: ++reads }) };
  const cast = metricast({ clock, intervalMs, defaultSources: false, sources: [bad, good] });
  const told: MetricastError[] = [];
  cast.on("error", (error) => told.push(error));
  cast.on("warning", (error) => told.push(error));
  const served = await ServedCast.start(cast);
  onTestFinished(() => served.close());
  await clock.advanceAsync(0);
  const view = await (await served.connect()).watch();
  await clock.advanceAsync(250);
  await until(() => view.tick !== undefined);
  const ticks = (count: number) => tickAlong(clock, intervalMs, [view], count);
  const about = (code: string) => told.filter((error) => error.code === code);
  return { cast, clock, view, ticks, about, reads: () => reads };
}

/** Nobody else loses a tick: each second there is a frame, and the good source was read for it. */
async function expectCadence({ view, ticks, reads }: Awaited<ReturnType<typeof serve>>, seconds: number) {
  const from = { frames: view.frames.length, reads: reads() };
  await ticks(seconds);
  expect(view.frames.length - from.frames).toBe(seconds);
  expect(reads() - from.reads).toBe(seconds);
  expect(view.value("good")).toBe(reads());
  expect(view.faults).toEqual([]);
}

describe.each<[string, Source["read"], string, string]>([
  ["throws", untyped(() => fail()), "MC_SOURCE_FAILED", "failed"],
  ["rejects", untyped(() => Promise.reject(new Error("no"))), "MC_SOURCE_FAILED", "failed"],
  ["throws what is no error", untyped(() => fail(Object.create(null))), "MC_SOURCE_FAILED", "failed"],
  ["hangs", untyped(() => new Promise(() => {})), "MC_SOURCE_TIMEOUT", "timeout"],
  ["returns a string", untyped(() => "lots"), "MC_SOURCE_GARBAGE", "garbage"],
  ["returns nothing", untyped(() => undefined), "MC_SOURCE_GARBAGE", "garbage"],
])("a source that %s", (_, misbehave, code, cause) => {
  test("keeps its last value, marked stale, is reported once a minute, and recovers", async () => {
    let isBad = false;
    const context = { now: 0, signal: new AbortController().signal };
    const read: Source["read"] = () => (isBad ? misbehave(context) : { bad: 5 });
    const served = await serve({ name: "bad", read });
    const { cast, view, ticks, about } = served;
    expect([view.value("bad"), view.state("bad")?.stale]).toEqual([5, undefined]);

    isBad = true;
    await ticks(2);
    expect([view.value("bad"), view.state("bad")?.stale]).toEqual([5, cause]);
    expect(cast.health()).toMatchObject({ status: "degraded", reasons: ["sources"] });
    await expectCadence(served, 150);
    expect(about(code).length).toBeGreaterThanOrEqual(1);
    expect(about(code).length).toBeLessThanOrEqual(3);
    expect(about(code)[0]?.details).toMatchObject({ source: "bad", channel: "metrics" });
    if (cause === "timeout") return;

    isBad = false;
    // It is asked less often after so many failures.
    await ticks(17);
    expect([view.value("bad"), view.state("bad")?.stale]).toEqual([5, undefined]);
    expect(cast.health().status).toBe("ok");
  });
});

test("a source that hangs is not called again while it does, and its late answer counts in the next tick", async () => {
  const answers: ((samples: { bad: number }) => void)[] = [];
  const read = () => new Promise<{ bad: number }>((resolve) => answers.push(resolve));
  const served = await serve({ name: "bad", read });
  await served.ticks(5);
  expect(answers).toHaveLength(1);
  answers[0]?.({ bad: 77 });
  await served.ticks(1);
  await served.clock.advanceAsync(250);
  await until(() => served.view.value("bad") === 77);
  expect(answers.length).toBeLessThanOrEqual(2);
});

test("what is no number is dropped, counted and reported; the rest of the batch stands", async () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const garbage = {
    big: 10n,
    text: "12",
    symbol: Symbol("x"),
    cyclic,
    list: [1],
    nothing: null,
    call: () => 1,
    "bad name\n": 1,
    get thrower() {
      throw new Error("no");
    },
    fine: 1.5,
  };
  const served = await serve({ name: "bad", read: untyped(() => garbage) });
  await expectCadence(served, 70);
  const { view, about, cast } = served;
  expect(view.series.map(({ info }) => info.name).sort()).toEqual(["fine", "good"]);
  expect(view.value("fine")).toBe(1.5);
  expect(about("MC_SOURCE_GARBAGE").length).toBeLessThanOrEqual(2);
  expect(Object.values(about("MC_SOURCE_GARBAGE")[0]?.details.dropped ?? {}).length).toBeGreaterThan(0);
  expect(cast.health().sources.find(({ name }) => name === "good")?.status).toBe("ok");
});

test("a million label sets end in an overflow series", { timeout: 60_000 }, async () => {
  let isOn = false;
  function* flood(): Generator<Sample> {
    for (let id = 0; isOn && id < 1_000_000; id += 1) {
      yield { name: "flood_total", kind: "counter", value: 1, labels: { id: String(id) } };
    }
  }
  const served = await serve({ name: "bad", read: flood });
  isOn = true;
  await served.ticks(1);
  const { view, cast, about } = served;
  expect(cast.health()).toMatchObject({ status: "degraded", overflowing: ["flood_total"] });
  isOn = false;
  await expectCadence(served, 5);
  const flooded = view.series.filter(({ info }) => info.name === "flood_total");
  expect(flooded.length).toBeLessThanOrEqual(1_001);
  expect(flooded.some(({ info }) => info.labels.overflow === "true")).toBe(true);
  expect(about("MC_SERIES_LIMIT").length + about("MC_SOURCE_GARBAGE").length).toBeGreaterThan(0);
  expect(cast.health().limits.find(({ name }) => name === "maxSeries")?.used).toBeLessThanOrEqual(10_000);
  expect(cast.health()).toMatchObject({ status: "ok", overflowing: [] });
});

function fail(cause: unknown = new Error("no")): never {
  throw cause;
}
