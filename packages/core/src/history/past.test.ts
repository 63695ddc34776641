import { describe, expect, it } from "vitest";
import type { SealedBlock } from "./sealed.js";
import { increases, setUp } from "./testing/set-up.js";
import { counter, gauge, TestFeed } from "./testing/test-feed.js";

/** What a process sealed that counted up from 1 at a first tick, and ended. */
function ended(from: number, to: number, infos = [counter("c"), gauge("g")]): SealedBlock[] {
  const sealed: SealedBlock[] = [];
  const feed = new TestFeed(infos, from);
  const { append, history } = setUp(feed, { onSeal: (block) => sealed.push(block) });
  for (let tick = from; tick <= to; tick += 1) append(tick, ...infos.map((_, at) => tick - from + 1 + at));
  history.close();
  return sealed;
}

/** The next process, with its series in another order, and what the one before left. */
function restarted(blocks: readonly SealedBlock[], limitBytes?: number) {
  const feed = new TestFeed([gauge("g"), counter("c")], 0);
  const all = setUp(feed, { ...(limitBytes !== undefined && { limitBytes }) });
  const restore = () =>
    [...blocks].sort((a, b) => b.toTick - a.toTick).map(({ bytes }) => all.history.restore(bytes));
  return { feed, restore, ...all };
}

describe("a process that restores what the one before sealed", () => {
  it("answers over both, tick by tick, and says where nothing was sampled", () => {
    const { restore, append, query, history } = restarted(ended(1, 1_000));
    expect(restore().every(Boolean)).toBe(true);
    for (let tick = 1_011; tick <= 1_200; tick += 1) append(tick, tick, tick - 1_010);
    expect([history.firstTick, history.oldestTick(1)]).toEqual([1, 1]);
    const block = query(0, 1_200);
    const [g, c] = block.series;
    expect([g?.count[0], g?.count[999], g?.count[1_000], g?.count[1_010]]).toEqual([1, 1, 0, 1]);
    expect([g?.columns[0]?.last[499], g?.columns[0]?.last[1_099]]).toEqual([501, 1_100]);
    expect(c?.columns[0]?.last[999]).toBe(1_000);
    expect(block.gaps).toEqual(
      [
        { fromTick: 0, toTick: 0 },
        { fromTick: 1_000, toTick: 1_010 },
      ].filter(({ fromTick, toTick }) => toTick > fromTick),
    );
  });

  it("counts on where counters stood: a reset counts from zero, and a sum over both is right", () => {
    const { restore, append, query } = restarted(ended(1, 1_000));
    restore();
    for (let tick = 1_011; tick <= 1_200; tick += 1) append(tick, tick, tick - 1_010);
    const c = increases(query(0, 1_200), 1);
    // The first sample of all has nothing before it.
    expect(c.slice(1, 1_000).every((one) => one === 1)).toBe(true);
    expect(c.slice(1_010, 1_200).every((one) => one === 1)).toBe(true);
    // Of the first bucket it is not known, and ten ticks were not there.
    const coarse = increases(query(0, 1_200, 60), 1).filter(Number.isFinite);
    expect(coarse.reduce((sum, one) => sum + one, 0)).toBe(1_200 - 60 - 10);
  });

  it("serves coarse steps of both at once, where the bucket of the restart is made of ticks", () => {
    const { restore, append, query } = restarted(ended(1, 1_000));
    restore();
    for (let tick = 1_011; tick <= 1_200; tick += 1) append(tick, tick, tick - 1_010);
    const [g] = query(0, 1_200, 60).series;
    expect([...(g?.count ?? [])]).toEqual([...Array(16).fill(60), 50, ...Array(3).fill(60)]);
    expect(g?.columns[0]?.last[16]).toBe(1_020);
  });

  it("takes it in while it goes on already, too: then a counter begins again from zero", () => {
    const { restore, append, query, history } = restarted(ended(1, 1_000));
    for (let tick = 1_011; tick <= 1_100; tick += 1) append(tick, tick, tick - 1_010);
    restore();
    for (let tick = 1_101; tick <= 1_200; tick += 1) append(tick, tick, tick - 1_010);
    expect(history.firstTick).toBe(1);
    const c = increases(query(0, 1_200), 1);
    expect(c.slice(1, 1_000).every((one) => one === 1)).toBe(true);
    expect(c[1_010]).toBe(1);
    expect(c.slice(1_011, 1_200).every((one) => one === 1)).toBe(true);
  });

  it("knows series that only the past had", () => {
    const { restore, append, history, feed } = restarted(ended(1, 300, [counter("c"), gauge("old")]));
    restore();
    append(301, 1, 1);
    const gone = history.gone(feed.series);
    expect(gone.map(({ info }) => info.name)).toEqual(["old"]);
    const block = history.query({ series: gone, fromTick: 0, toTick: 301, stepTicks: 1 });
    expect(block.series[0]?.columns[0]?.last[299]).toBe(301);
    expect(history.gone(feed.series)[0]).toBe(gone[0]);
  });

  it("lets go of it by age", () => {
    const { restore, append, history } = restarted(ended(1, 1_000));
    restore();
    append(87_000, 1, 1);
    expect(history.firstTick).toBeGreaterThan(500);
  });

  it.each([[1_000], [900]])(
    "leaves to the past what both have, where the present begins with %d",
    (first) => {
      const { restore, append, query, history } = restarted(ended(1, 1_000));
      restore();
      for (let tick = first; tick <= 1_200; tick += 1) append(tick, -1, tick);
      expect(history.oldestTick(1)).toBe(1);
      for (const step of [1, 60]) {
        const [g] = query(0, 1_200, step).series;
        expect(g?.count.reduce((sum, one) => sum + one, 0)).toBe(1_200);
        expect(g?.columns[0]?.last.indexOf(-1)).toBe(Math.floor(1_000 / step));
      }
    },
  );

  it("takes newest first what has room, and no more", () => {
    const infos = Array.from({ length: 300 }, (_, at) => gauge(`g${at}`));
    const sealed: SealedBlock[] = [];
    const feed = new TestFeed(infos, 1);
    const { append, history } = setUp(feed, { onSeal: (block) => sealed.push(block) });
    for (let tick = 1; tick <= 1_200; tick += 1) append(tick, ...infos.map((_, at) => Math.sin(tick * at)));
    history.close();
    const next = restarted(sealed, 1_000_000);
    const taken = next.restore();
    expect(taken[0]).toBe(true);
    expect(taken.at(-1)).toBe(false);
    expect(next.budget.usedBytes).toBeLessThan(760_000);
    next.append(1_201, 1, 1);
    expect(next.history.oldestTick(1)).toBeGreaterThan(600);
    next.history.close();
    expect(next.budget.usedBytes).toBe(0);
  });

  it("hands out again what it holds, newest first, also of the past", () => {
    const { restore, append, history } = restarted(ended(1, 600));
    restore();
    for (let tick = 601; tick <= 1_000; tick += 1) append(tick, tick, tick);
    const again = [...history.sealed()];
    const raw = again.filter(({ stepTicks }) => stepTicks === 1);
    expect(raw.map(({ toTick }) => toTick)).toEqual([960, 840, 720, 600, 480, 360, 240, 120]);
    const next = restarted(again);
    expect(next.restore().every(Boolean)).toBe(true);
    next.append(1_001, 1, 1);
    const [g] = next.query(0, 960).series;
    expect(g?.count.every((one) => one === 1)).toBe(true);
    expect(g?.columns[0]?.last[99]).toBe(101);
  });

  it("refuses what is no segment", () => {
    const { history } = restarted([]);
    expect(() => history.restore(new Uint8Array(40))).toThrow();
  });
});
