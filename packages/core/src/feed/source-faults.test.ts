import { manualClock } from "@metricast/testkit";
import { describe, expect, it } from "vitest";
import { seriesState } from "../contracts/feed.js";
import type { Samples } from "../contracts/source.js";
import type { MetricsFeed } from "./metrics-feed.js";
import { metricsFeed } from "./testing/metrics-feed.js";

function stateOf({ columns }: MetricsFeed, name: string) {
  const series = columns.series.find(({ info }) => info.name === name);
  if (series === undefined) return undefined;
  const cause = columns.staleCause(series.index);
  return { state: columns.states[series.index], ...(cause === undefined ? {} : { cause }) };
}

/** What is not protected: everybody is awaited, and one error is everybody's. */
async function readTrusting(sources: readonly (() => Samples | Promise<Samples>)[]): Promise<Samples> {
  return Object.assign({}, ...(await Promise.all(sources.map((read) => read()))));
}

const live = { state: seriesState.live };
const stale = (cause: string) => ({ state: seriesState.stale, cause });

describe("a source that fails", () => {
  it("is isolated, counted and reported, its series stale with the cause, then live again", async () => {
    const { clock, stats, reports, feed } = metricsFeed();
    let fails = false;
    feed.addSource({
      name: "shaky",
      read: async () => {
        if (fails) throw new Error("out of order");
        return { shaky: 1 };
      },
    });
    feed.addSource(() => ({ steady: 1 }));
    feed.start(() => {});
    await clock.advanceAsync(0);
    fails = true;
    await clock.advanceAsync(1_000);
    expect(stateOf(feed, "shaky")).toEqual(stale("failed"));
    expect(stateOf(feed, "steady")).toEqual(live);
    expect(stats.sourceFailures).toBe(1);
    expect(reports).toMatchObject([{ code: "MC_SOURCE_FAILED", details: { source: "shaky" } }]);
    expect(feed.sourceStates()[0]).toMatchObject({
      status: "failing",
      failures: 1,
      lastError: "out of order",
    });
    fails = false;
    await clock.advanceAsync(1_000);
    expect(stateOf(feed, "shaky")).toEqual(live);
    expect(feed.sourceStates()[0]).toMatchObject({ status: "ok" });
  });

  it("hurts no other source's cadence when it fails once in three calls", async () => {
    const { clock, feed } = metricsFeed();
    const reads: number[] = [];
    let calls = 0;
    feed.addSource(() => {
      calls += 1;
      if (calls % 3 === 0) throw new Error("no");
      return { shaky: calls };
    });
    feed.addSource(({ now }) => {
      reads.push(now);
      return { steady: 1 };
    });
    feed.start(() => {});
    await clock.advanceAsync(300_000);
    expect(reads.length).toBe(301);
    expect(new Set(reads.slice(1).map((now, index) => now - (reads[index] ?? 0)))).toEqual(new Set([1_000]));
    // One failure costs it no tick either.
    expect(calls).toBe(301);
  });

  it("twin: read by a loop that trusts its sources it takes the others' tick with it", async () => {
    let calls = 0;
    let ticks = 0;
    const shaky = () => {
      calls += 1;
      if (calls % 3 === 0) throw new Error("no");
      return { shaky: calls };
    };
    for (let tick = 0; tick < 300; tick += 1) {
      const samples = await readTrusting([shaky, () => ({ steady: 1 })]).catch(() => ({}));
      if ("steady" in samples) ticks += 1;
    }
    expect(ticks).toBe(200);
  });

  it("is asked ever more rarely while it keeps failing, and at every tick once it works again", () => {
    const { clock, feed } = metricsFeed();
    const asked: number[] = [];
    let works = false;
    const startMs = clock.dateMs();
    feed.addSource(({ now }) => {
      asked.push((now - startMs) / 1_000);
      if (!works) throw new Error("no");
      return { a: 1 };
    });
    feed.start(() => {});
    clock.advance(70_000);
    expect(asked).toEqual([0, 1, 3, 7, 15, 31, 47, 63]);
    expect(feed.sourceStates()[0]?.status).toBe("backoff");
    works = true;
    clock.advance(12_000);
    expect(asked.slice(8)).toEqual([79, 80, 81, 82]);
  });

  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a string", "a=1"],
    ["a number", 1],
    ["a function", () => ({ a: 1 })],
  ])("is told that %s is no answer", (_, answer) => {
    const { clock, feed, reports } = metricsFeed();
    const answers: unknown[] = [{ a: 1 }, answer];
    const source = { name: "odd", read: () => answers.shift() };
    Reflect.apply(feed.addSource, feed, [source]);
    feed.start(() => {});
    clock.advance(1_000);
    expect(stateOf(feed, "a")).toEqual(stale("garbage"));
    expect(reports.map(({ code }) => code)).toEqual(["MC_SOURCE_GARBAGE"]);
  });

  it.each([
    [
      "a thenable that throws",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a hostile thenable is what this is about
        get then() {
          throw new Error("no");
        },
      }),
    ],
    [
      "an iterator that throws half way",
      function* () {
        yield { name: "b", value: 1 };
        throw new Error("no");
      },
    ],
    [
      "an async iterator that throws half way",
      async function* () {
        yield { name: "b", value: 1 };
        throw new Error("no");
      },
    ],
    [
      "a Proxy that throws",
      () =>
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error("no");
            },
          },
        ),
    ],
    [
      "something odd that is thrown",
      () => {
        throw new Proxy(
          {},
          {
            get: () => {
              throw new Error("no");
            },
            getPrototypeOf: () => {
              throw new Error("no");
            },
          },
        );
      },
    ],
    [
      "a symbol that is thrown",
      () => {
        throw Symbol("no");
      },
    ],
  ])("may be %s", async (_, read) => {
    const { clock, feed, stats } = metricsFeed();
    let first = true;
    const source = {
      name: "hostile",
      read: () => {
        if (!first) return read();
        first = false;
        return { a: 1 };
      },
    };
    Reflect.apply(feed.addSource, feed, [source]);
    feed.start(() => {});
    await clock.advanceAsync(1_000);
    expect(stateOf(feed, "a")).toEqual(stale("failed"));
    expect(stateOf(feed, "b")).toBeUndefined();
    expect(stats.sourceFailures).toBe(1);
  });
});

describe("a source that never settles", () => {
  it("is asked once, for 10,000 ticks, while others keep their cadence and timers stay flat", async () => {
    const { clock, feed, stats } = metricsFeed();
    let inFlight = 0;
    let quick = 0;
    const batches: number[] = [];
    feed.addSource({
      name: "hanging",
      read: () => {
        inFlight += 1;
        return new Promise<Samples>(() => {});
      },
    });
    feed.addSource(() => ({ quick: ++quick }));
    feed.start(({ tick }) => batches.push(tick));
    clock.advance(10_000_000);
    expect(inFlight).toBe(1);
    expect(quick).toBe(10_001);
    expect(batches.length).toBe(10_001);
    expect(clock.pendingTimers).toBe(1);
    expect(stats.sourceTimeouts).toBe(1);
    expect(feed.sourceStates()[0]).toMatchObject({ name: "hanging", status: "timeout" });
    await feed.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it("twin: read by a loop that trusts its sources it ends everybody's ticks, and its calls pile up", async () => {
    const clock = manualClock();
    let inFlight = 0;
    const batches: Samples[] = [];
    const hanging = () => {
      inFlight += 1;
      return new Promise<Samples>(() => {});
    };
    const tick = () => {
      void readTrusting([hanging, () => ({ quick: 1 })]).then((samples) => batches.push(samples));
      clock.after(1_000, tick);
    };
    tick();
    await clock.advanceAsync(100_000);
    expect([inFlight, batches.length]).toEqual([101, 0]);
  });

  it("has stale series within its time and an interval", async () => {
    const { clock, feed } = metricsFeed();
    let hangs = false;
    feed.addSource(async () => (hangs ? new Promise<Samples>(() => {}) : { a: 1 }));
    feed.start(() => {});
    await clock.advanceAsync(0);
    hangs = true;
    await clock.advanceAsync(1_249);
    expect(stateOf(feed, "a")).toEqual(live);
    await clock.advanceAsync(1);
    expect(stateOf(feed, "a")).toEqual(stale("timeout"));
  });

  it("is never asked twice at once where it takes five intervals, and gives what it has when it has it", async () => {
    const { clock, feed } = metricsFeed();
    let inFlight = 0;
    let most = 0;
    let reads = 0;
    feed.addSource(async () => {
      inFlight += 1;
      reads += 1;
      most = Math.max(most, inFlight);
      await new Promise<void>((resolve) => clock.after(5_000, resolve));
      inFlight -= 1;
      return { slow: reads };
    });
    feed.start(() => {});
    await clock.advanceAsync(60_000);
    expect(most).toBe(1);
    expect(reads).toBeGreaterThanOrEqual(10);
    expect(feed.columns.values[0]).toBeGreaterThanOrEqual(9);
    expect(clock.pendingTimers).toBeLessThanOrEqual(3);
  });

  it("does not keep a batch open past the next tick when the event loop was held", async () => {
    const { clock, feed } = metricsFeed();
    const batches: number[] = [];
    feed.addSource(() => new Promise<Samples>(() => {}));
    feed.start(({ tick }) => batches.push(tick));
    // The next tick's timer runs before the deadline's.
    clock.stepWall(1_000);
    feed.readSoon();
    expect(batches.length).toBe(2);
    expect(batches[1]).toBe((batches[0] ?? 0) + 1);
    expect(clock.pendingTimers).toBe(1);
  });
});
