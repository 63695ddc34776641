import { manualClock } from "@metricast/testkit";
import { describe, expect, it } from "vitest";
import { type Batch, seriesState } from "../contracts/feed.js";
import type { Samples, Source, SourceContext } from "../contracts/source.js";
import { Cost } from "../health/cost.js";
import type { MetricsFeed } from "./metrics-feed.js";
import { type FeedOptions, metricsFeed } from "./testing/metrics-feed.js";

interface Seen {
  readonly tick: number;
  readonly prev: number | undefined;
  readonly changed: readonly number[];
  readonly firstNew: number;
}

function setUp(options: FeedOptions = {}) {
  const { clock, stats, reports, feed } = metricsFeed(options);
  const batches: Seen[] = [];
  const start = () =>
    feed.start(({ tick, prev, changed, firstNew }: Batch) => batches.push({ tick, prev, changed, firstNew }));
  return { clock, stats, reports, feed, batches, start, first: clock.dateMs() / 1_000 };
}

/** The channel as somebody who watches it sees it: value, or a word for what there is instead. */
function shown({ columns }: MetricsFeed): Record<string, number | string> {
  return Object.fromEntries(
    columns.series.map(({ index, slot, info }) => {
      const state = columns.states[index];
      const stale = `stale: ${columns.staleCause(index)}, ${columns.values[slot]}`;
      const said = state === seriesState.live ? (columns.values[slot] ?? "nothing") : stale;
      return [info.name, state === seriesState.absent ? "absent" : said];
    }),
  );
}

const hang = () => new Promise<never>(() => {});

describe("MetricsFeed", () => {
  it("reads at start and then at every tick, and hands out batches that say what came before", () => {
    const { clock, feed, batches, start, first, stats } = setUp();
    const asked: number[] = [];
    feed.addSource(({ now }) => {
      asked.push(now);
      return { a: asked.length, b: 7 };
    });
    start();
    clock.advance(2_000);
    expect(asked).toEqual([first * 1_000, first * 1_000 + 1_000, first * 1_000 + 2_000]);
    expect(batches).toEqual([
      { tick: first, prev: undefined, changed: [0, 1], firstNew: 0 },
      { tick: first + 1, prev: first, changed: [0], firstNew: 2 },
      { tick: first + 2, prev: first + 1, changed: [0], firstNew: 2 },
    ]);
    expect(feed.headTick).toBe(first + 2);
    expect([stats.ticks, stats.ticksMissed]).toEqual([3, 0]);
    expect(shown(feed)).toEqual({ a: 3, b: 7 });
  });

  it("counts ticks that were not sampled", () => {
    const { clock, batches, start, first, stats } = setUp();
    start();
    clock.stepWall(5_000);
    clock.advance(1_000);
    expect(batches.at(-1)).toMatchObject({ tick: first + 6, prev: first });
    expect(stats.ticksMissed).toBe(5);
  });

  it("takes values of plain objects, arrays, generators and async iterables", async () => {
    const { clock, feed, start } = setUp();
    feed.addSource(() => ({ plain: 1 }));
    feed.addSource(async () => ({ promised: 2 }));
    feed.addSource(() => [{ name: "listed", value: 3 }]);
    feed.addSource(function* () {
      yield { name: "generated", value: 4 };
    });
    feed.addSource(async function* () {
      yield { name: "streamed", value: 5 };
    });
    feed.addSource(async () => new Set([{ name: "promised_list", value: 6 }]));
    start();
    await clock.advanceAsync(0);
    expect(shown(feed)).toEqual({
      plain: 1,
      promised: 2,
      listed: 3,
      generated: 4,
      streamed: 5,
      promised_list: 6,
    });
    expect(clock.pendingTimers).toBe(1);
  });

  it("keeps a late answer whole while the next one is coming in", async () => {
    const { clock, feed, start } = setUp();
    let calls = 0;
    feed.addSource(async function* () {
      calls += 1;
      yield { name: "a", value: calls };
      await new Promise<void>((resolve) => clock.after(700, resolve));
      yield { name: "b", value: calls };
    });
    start();
    await clock.advanceAsync(1_500);
    expect(calls).toBe(2);
    expect(shown(feed)).toEqual({ a: 1, b: 1 });
    await feed.stop();
  });

  it("keeps everything that a sample says of its series", () => {
    const { feed, start } = setUp();
    const value = { bounds: [1, 2], counts: [3, 1], sum: 9, count: 6 };
    feed.addSource(() => [
      { name: "h", value, labels: { b: "2", a: "1" }, unit: "seconds", help: "Time.", aggregator: "sum" },
      { name: "c", value: 4, kind: "counter" },
    ]);
    start();
    const [histogram, counter] = feed.columns.series;
    expect(histogram).toMatchObject({
      slot: 0,
      width: 4,
      info: {
        name: "h",
        kind: "histogram",
        unit: "seconds",
        help: "Time.",
        aggregator: "sum",
        bounds: [1, 2],
      },
    });
    expect({ ...histogram?.info.labels }).toEqual({ a: "1", b: "2" });
    expect(counter).toMatchObject({ slot: 4, width: 1, info: { name: "c", kind: "counter" } });
    expect([...feed.columns.values.subarray(0, 5)]).toEqual([3, 1, 2, 9, 4]);
  });

  it("shows a series as absent while its source leaves it out, and keeps its place", () => {
    const { clock, feed, start, batches } = setUp();
    let answer: Samples = { a: 1, b: 2 };
    feed.addSource(() => answer);
    start();
    answer = { b: 2, c: 3 };
    clock.advance(1_000);
    expect(shown(feed)).toEqual({ a: "absent", b: 2, c: 3 });
    expect(batches.at(-1)).toMatchObject({ changed: [0, 2], firstNew: 2 });
    answer = { a: 1, b: 2 };
    clock.advance(1_000);
    expect(shown(feed)).toEqual({ a: 1, b: 2, c: "absent" });
    expect(batches.at(-1)).toMatchObject({ changed: [0, 2], firstNew: 3 });
  });

  it("lets a series pass from one source to another without a change", () => {
    const { clock, feed, start, batches } = setUp();
    let giver = 0;
    feed.addSource(() => (giver === 0 ? { a: 1 } : {}));
    feed.addSource(() => (giver === 1 ? { a: 1 } : {}));
    start();
    giver = 1;
    clock.advance(1_000);
    expect(batches.at(-1)?.changed).toEqual([]);
    clock.advance(1_000);
    expect(shown(feed)).toEqual({ a: 1 });
  });

  it("closes the batch without a source that is late, and takes its answer into the next", async () => {
    const { clock, feed, start, batches, stats, first } = setUp();
    const aborted: boolean[] = [];
    let reads = 0;
    feed.addSource({
      name: "slow",
      async read({ signal }: SourceContext) {
        reads += 1;
        const read = reads;
        signal.addEventListener("abort", () => aborted.push(true));
        await new Promise<void>((resolve) => clock.after(400, resolve));
        return { slow: read };
      },
    });
    feed.addSource(() => ({ quick: reads }));
    start();
    await clock.advanceAsync(249);
    expect(batches).toEqual([]);
    await clock.advanceAsync(1);
    expect(batches.map(({ tick }) => tick)).toEqual([first]);
    expect([shown(feed), aborted, stats.sourceTimeouts]).toEqual([{ quick: 1 }, [true], 1]);
    expect(feed.sourceStates()[0]).toMatchObject({ name: "slow", status: "timeout", failures: 1 });
    await clock.advanceAsync(1_000);
    expect(shown(feed)).toEqual({ quick: 2, slow: 1 });
    await clock.advanceAsync(1_000);
    expect(shown(feed)).toEqual({ quick: 3, slow: 2 });
  });

  it("stops a source that gives up on the signal from being counted twice", async () => {
    const { clock, feed, start, stats, reports } = setUp();
    const read = ({ signal }: SourceContext) =>
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    feed.addSource({ name: "fetching", read });
    start();
    await clock.advanceAsync(300);
    expect([stats.sourceTimeouts, stats.sourceFailures]).toEqual([1, 0]);
    expect(reports.map(({ code }) => code)).toEqual(["MC_SOURCE_TIMEOUT"]);
  });

  it("does not read lazy sources while nobody wants them", () => {
    let isWanted = false;
    const { clock, feed, start } = setUp({ isWanted: () => isWanted });
    feed.addSource({ name: "lazy", lazy: true, read: () => ({ lazy: 1 }) });
    feed.addSource({ name: "busy", read: () => ({ busy: 1 }) });
    start();
    expect(shown(feed)).toEqual({ busy: 1 });
    isWanted = true;
    clock.advance(1_000);
    expect(shown(feed)).toEqual({ busy: 1, lazy: 1 });
    isWanted = false;
    clock.advance(1_000);
    expect(shown(feed)).toEqual({ busy: 1, lazy: "absent" });
  });

  it("samples nothing while all there is is lazy and nobody is there, and the current tick as soon as somebody comes", () => {
    let isWanted = false;
    const { clock, feed, batches, start, first, stats } = setUp({ isWanted: () => isWanted });
    let reads = 0;
    feed.addSource({ name: "lazy", lazy: true, read: () => ({ lazy: ++reads }) });
    start();
    clock.advance(10_400);
    expect([reads, batches.length, stats.ticks]).toEqual([0, 0, 0]);
    isWanted = true;
    feed.readSoon();
    clock.advance(2_600);
    expect(batches.map(({ tick, prev }) => [tick - first, prev && prev - first])).toEqual([
      [10, undefined],
      [11, 10],
      [12, 11],
      [13, 12],
    ]);
    isWanted = false;
    clock.advance(5_000);
    // One more says that its series are gone.
    expect(batches.slice(4)).toEqual([{ tick: first + 14, prev: first + 13, changed: [0], firstNew: 1 }]);
    expect([reads, shown(feed)]).toEqual([4, { lazy: "absent" }]);
    isWanted = true;
    clock.advance(1_000);
    expect(batches.at(-1)).toMatchObject({ tick: first + 19, prev: first + 14, changed: [0] });
    expect([stats.ticks, stats.ticksMissed]).toEqual([6, 0]);
  });

  it("samples on where anything is left that is not lazy", async () => {
    const rested = async (add: (feed: MetricsFeed) => unknown) => {
      const { clock, feed, batches, start } = setUp({ isWanted: () => false });
      feed.addSource({ name: "lazy", lazy: true, read: () => ({ lazy: 1 }) });
      add(feed);
      start();
      await clock.advanceAsync(3_000);
      await feed.stop();
      return batches.length === 0;
    };
    expect(await rested(() => {})).toBe(true);
    expect(
      await rested((feed) => feed.addSource({ name: "own", lazy: true, read: () => ({ own: 1 }) })),
    ).toBe(true);
    expect(await rested((feed) => feed.addSource(() => ({ busy: 1 })))).toBe(false);
    expect(await rested((feed) => feed.gauge("pushed"))).toBe(false);
    const { clock, batches, start } = setUp({ isWanted: () => false });
    start();
    clock.advance(3_000);
    expect(batches.length).toBe(4);
  });

  it("samples one tick in so many where it is told to, and counts the others as shed", () => {
    const { clock, feed, batches, start, first, stats } = setUp();
    feed.addSource(() => ({ a: 1 }));
    start();
    feed.sampleEvery(4);
    clock.advance(8_000);
    clock.stepWall(6_000);
    clock.advance(4_000);
    expect(batches.map(({ tick }) => tick - first)).toEqual([0, 4, 8, 18]);
    feed.sampleEvery(1);
    clock.advance(2_000);
    expect(batches.slice(4).map(({ tick }) => tick - first)).toEqual([19, 20]);
    expect([stats.ticks, stats.ticksShed, stats.ticksMissed]).toEqual([6, 9, 6]);
  });

  it("counts its own time and that of its sources apart", async () => {
    const manual = manualClock();
    const cost = new Cost(manual);
    const { feed, start, clock } = setUp({ cost });
    feed.addSource(() => {
      manual.advance(30);
      return { a: 1 };
    });
    feed.addSource(async () => {
      await Promise.resolve();
      manual.advance(50);
      // What is read of it, while it is taken in.
      return Object.defineProperty({}, "b", {
        enumerable: true,
        get: () => {
          manual.advance(7);
          return 2;
        },
      });
    });
    start();
    await clock.advanceAsync(0);
    expect([cost.totalMs, cost.apartMs]).toEqual([7, 30]);
  });

  it("reads soon only where the current tick has no batch", () => {
    const { clock, feed, start, batches, first } = setUp();
    start();
    feed.readSoon();
    expect(batches.length).toBe(1);
    clock.stepWall(1_500);
    feed.readSoon();
    expect(batches.map(({ tick }) => tick)).toEqual([first, first + 1]);
  });

  it("forgets a source that is removed, its late answer too", async () => {
    const { clock, feed, start, batches } = setUp();
    let closed = 0;
    let answer: (samples: Samples) => void = () => {};
    const remove = feed.addSource(() => ({ gone: 1 }));
    const removeSlow = feed.addSource({
      name: "slow",
      read: () => new Promise<Samples>((resolve) => (answer = resolve)),
      close: () => (closed += 1),
    });
    start();
    await clock.advanceAsync(300);
    expect(shown(feed)).toEqual({ gone: 1 });
    remove();
    removeSlow();
    removeSlow();
    answer({ late: 1 });
    await clock.advanceAsync(1_000);
    expect(shown(feed)).toEqual({ gone: "absent" });
    expect([closed, batches.length, feed.sourceStates()]).toEqual([1, 2, []]);
  });

  it("waits no longer for a source that is removed meanwhile", async () => {
    const { clock, feed, start, batches } = setUp();
    const remove = feed.addSource(hang);
    start();
    await clock.advanceAsync(10);
    expect(batches.length).toBe(0);
    remove();
    expect(batches.length).toBe(1);
    expect(clock.pendingTimers).toBe(1);
  });

  it("leaves nothing behind when stopped: a tick that waits is closed, and no late answer is taken", async () => {
    const { clock, feed, start, batches } = setUp();
    let signal: AbortSignal | undefined;
    let closed = 0;
    const source: Source = {
      name: "slow",
      read: (context) => {
        signal = context.signal;
        return new Promise((resolve) => clock.after(100, () => resolve({ a: 1 })));
      },
      close: () => {
        closed += 1;
        throw new Error("no");
      },
    };
    feed.addSource(() => ({ b: 2 }));
    feed.addSource(source);
    start();
    expect(batches.length).toBe(0);
    await feed.stop();
    expect(shown(feed)).toEqual({ b: 2 });
    expect([closed, signal?.aborted]).toEqual([1, true]);
    await clock.advanceAsync(5_000);
    expect([batches.length, clock.pendingTimers]).toEqual([1, 0]);
  });

  it("can be stopped from within a read and from within a batch", () => {
    const one = setUp();
    one.feed.addSource(() => {
      void one.feed.stop();
      return { a: 1 };
    });
    one.start();
    expect([one.batches.length, one.clock.pendingTimers]).toEqual([0, 0]);

    const other = setUp();
    other.feed.start(() => void other.feed.stop());
    expect(other.clock.pendingTimers).toBe(0);
  });

  it("survives a receiver of batches that throws", () => {
    const { clock, feed, reports } = setUp();
    feed.start(() => {
      throw new Error("no");
    });
    clock.advance(1_000);
    expect(feed.headTick).toBe(clock.dateMs() / 1_000);
    expect(reports.map(({ code }) => code)).toEqual(["MC_INTERNAL", "MC_INTERNAL"]);
  });

  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a string", "source"],
    ["no read", { name: "a" }],
    ["no name", { read: () => ({}) }],
    ["an empty name", { name: "", read: () => ({}) }],
    [
      "a hostile one",
      new Proxy(
        {},
        {
          get: () => {
            throw new Error("no");
          },
        },
      ),
    ],
  ])("refuses %s as a source", (_, source) => {
    const { feed } = setUp();
    const add: (source: never) => unknown = feed.addSource.bind(feed);
    expect(() => Reflect.apply(add, feed, [source])).toThrow(
      expect.objectContaining({ code: "MC_SOURCE_INVALID" }),
    );
  });
});
