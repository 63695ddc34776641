import type { Block, SeriesInfo } from "@metricast/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SeriesColumns } from "./columns.js";
import { type LiveSeries, liveSeries, setValue } from "./live-series.js";
import { SeriesStore } from "./series-store.js";

const load: SeriesInfo = { name: "load", labels: {}, kind: "gauge" };
const requests: SeriesInfo = { name: "requests", labels: { route: "/", code: "2xx" }, kind: "counter" };

function live(info: SeriesInfo, last: number): LiveSeries {
  const series = liveSeries(info, 0);
  setValue(series, last, 1, false);
  return series;
}

/** Its last value stands, but no sample came. */
function silent(info: SeriesInfo, last: number, more: Partial<LiveSeries> = {}): LiveSeries {
  const series = live(info, last);
  series.cells[0] = 0;
  return Object.assign(series, more);
}

function gaugeBlock(
  fromTick: number,
  toTick: number,
  stepTicks: number,
  values: readonly (number | undefined)[],
): Block {
  const last = Float64Array.from(values, (value) => value ?? Number.NaN);
  const count = Float64Array.from(values, (value) => (value === undefined ? 0 : stepTicks));
  const columns = [{ last, min: last, max: last.map((value) => value + 1), sum: last }];
  return { fromTick, toTick, stepTicks, series: [{ info: load, count, columns }], gaps: [] };
}

function makeStore(maxPoints = 100, maxSlots = 10): SeriesStore {
  const store = new SeriesStore(maxPoints, maxSlots);
  store.clear(1_000);
  return store;
}

function gauge(store: SeriesStore, name = "load") {
  const found = store.columns().series.find((series) => series.info.name === name);
  if (found?.kind !== "gauge") throw new Error(`no gauge ${name}`);
  return { ticks: [...store.columns().times].map((ms) => ms / 1_000), last: [...found.last], found };
}

describe("SeriesStore", () => {
  it("gives columns over common times, with NaN and no samples where a series has no point", () => {
    const store = makeStore();
    store.append(10, [live(load, 1)]);
    store.append(11, [live(load, 2), live(requests, 7)]);
    store.append(12, [silent(load, 0), live(requests, 9)]);
    const { times, series } = store.columns();
    expect([...times]).toEqual([10_000, 11_000, 12_000]);
    expect(series.map(({ key, count }) => [key, ...count])).toEqual([
      ["load", 1, 1, 0],
      ['requests{code="2xx",route="/"}', 0, 1, 1],
    ]);
    expect(gauge(store).last).toEqual([1, 2, Number.NaN]);
    expect(series.every((columns) => lengthsOf(columns).every((length) => length === 3))).toBe(true);
  });

  it("gives the same columns until something changes, and copies then", () => {
    const store = makeStore();
    store.append(1, [live(load, 1)]);
    const before = store.columns();
    expect(store.columns()).toBe(before);
    store.append(2, [live(load, 2)]);
    expect(store.columns()).not.toBe(before);
    expect([...before.times]).toEqual([1_000]);
  });

  it("gives newest values: stale ones with their cause, absent ones not", () => {
    const store = makeStore();
    const gone = silent({ ...load, name: "gone" }, 3, { isPresent: false });
    store.append(1, [silent(load, 5, { stale: "failed" }), live(requests, 9), gone]);
    expect([...store.latest()]).toEqual([
      ["load", { info: load, value: 5, stale: "failed" }],
      ['requests{code="2xx",route="/"}', { info: requests, value: 9 }],
    ]);
  });

  it("gives of a histogram its observations and its slots", () => {
    const store = makeStore();
    const info: SeriesInfo = { name: "time", labels: {}, kind: "histogram", bounds: [1, 2] };
    const series = liveSeries(info, 0);
    setValue(series, [0, 3, 1, 2, 2, 1, 3, 8.5], 1, false);
    store.append(1, [series]);
    expect(store.latest().get("time")).toEqual({ info, value: 6, slots: new Float64Array([3, 2, 1, 8.5]) });
    const [columns] = store.columns().series;
    expect(columns?.kind === "histogram" && columns.slots.map(({ last }) => last[0])).toEqual([3, 2, 1, 8.5]);
  });

  it("replaces the range of a block and nothing else", () => {
    const store = makeStore();
    for (let tick = 1; tick <= 10; tick++) store.append(tick, [live(load, tick)]);
    store.merge(gaugeBlock(3, 8, 2, [100, 200, 300]));
    expect(gauge(store).ticks).toEqual([1, 2, 3, 5, 7, 8, 9, 10]);
    expect(gauge(store).last).toEqual([1, 2, 3, 100, 200, 300, 9, 10]);
    expect([...gauge(store).found.max]).toEqual([1, 2, 3, 101, 201, 301, 9, 10]);
  });

  it("puts history before what is live, newest page first", () => {
    const store = makeStore();
    store.append(100, [live(load, 100)]);
    store.merge(gaugeBlock(90, 100, 5, [95, 101]));
    store.append(101, [live(load, 102)]);
    store.merge(gaugeBlock(80, 90, 5, [85, 90]));
    expect(gauge(store).ticks).toEqual([85, 90, 95, 100, 101]);
    expect(gauge(store).last).toEqual([85, 90, 95, 101, 102]);
  });

  it("lets time that comes again replace what was there", () => {
    const store = makeStore();
    for (const tick of [1, 2, 3, 4]) store.append(tick, [live(load, tick)]);
    store.append(3, [live(load, 30)]);
    expect(gauge(store)).toMatchObject({ ticks: [1, 2, 3], last: [1, 2, 30] });
  });

  it("refuses series beyond the limit, and has room again once others are gone", () => {
    const store = makeStore(4, 2);
    const info = (name: string): SeriesInfo => ({ ...load, name });
    store.append(1, [live(info("a"), 1), live(info("b"), 1), live(info("c"), 1)]);
    expect(store.columns().series.map(({ key }) => key)).toEqual(["a", "b"]);
    expect(store.isFull).toBe(true);
    for (let tick = 2; tick < 20; tick++) store.append(tick, [live(info("b"), 1), live(info("c"), 1)]);
    expect(store.columns().series.map(({ key }) => key)).toEqual(["b", "c"]);
  });

  it("gives the place of a series that is gone to one that is there", () => {
    const store = makeStore(100, 2);
    const info = (name: string): SeriesInfo => ({ ...load, name });
    store.append(1, [live(info("a"), 1), live(info("b"), 1)]);
    store.append(2, [live(info("b"), 1), live(info("c"), 1)]);
    expect(store.columns().series.map(({ key }) => key)).toEqual(["b", "c"]);
    expect(store.isFull).toBe(false);
  });

  it("counts a histogram by its slots", () => {
    const histogram = liveSeries({ name: "time", labels: {}, kind: "histogram", bounds: [1, 2] }, 0);
    setValue(histogram, [0, 3, 1, 2, 2, 1, 3, 8.5], 1, false);
    const held = (maxSlots: number) => {
      const store = makeStore(100, maxSlots);
      store.append(1, [histogram, live(load, 1)]);
      return { keys: store.columns().series.map(({ key }) => key), isFull: store.isFull };
    };
    expect(held(5)).toEqual({ keys: ["time", "load"], isFull: false });
    expect(held(4)).toEqual({ keys: ["time"], isFull: true });
  });

  it("lets a series go with its last point, though there is room", () => {
    const store = makeStore(4);
    const gone = { ...load, name: "gone" };
    store.append(1, [live(gone, 1), live(load, 1)]);
    for (let tick = 2; tick < 20; tick++) store.append(tick, [live(load, 1)]);
    expect(store.columns().series.map(({ key }) => key)).toEqual(["load"]);
  });

  const fills: Readonly<Record<string, (store: SeriesStore, rows: number) => void>> = {
    frames: (store, rows) => {
      for (let tick = 1; tick <= rows; tick++) store.append(tick, [live(load, tick)]);
    },
    "a block": (store, rows) => store.merge(gaugeBlock(0, rows, 1, Array(rows).fill(1))),
  };

  it.each(Object.entries(fills))("of %s holds at most a quarter more rows than it shows", (_, fill) => {
    const bounds = fc.record({
      maxRows: fc.integer({ min: 1, max: 40 }),
      rows: fc.integer({ min: 60, max: 200 }),
    });
    fc.assert(
      fc.property(bounds, ({ maxRows, rows }) => {
        const store = makeStore(maxRows);
        fill(store, rows);
        expect([...store.columns().times].map((ms) => ms / 1_000)).toEqual(
          Array.from({ length: maxRows }, (_, k) => rows - maxRows + 1 + k),
        );
        // Time that comes again uncovers the older rows that are still held.
        const oldest = rows - Math.floor(maxRows * 1.25);
        store.append(oldest, [live(load, 1)]);
        expect(gauge(store).ticks).toEqual([oldest]);
      }),
    );
  });

  it("forgets gaps that are older than what it holds", () => {
    const store = makeStore(5);
    store.append(1, [live(load, 1)]);
    store.missing.add({ fromTick: 1, toTick: 3, reason: "not_sampled" });
    store.append(4, [live(load, 1)]);
    expect(store.gaps).toEqual([{ fromMs: 1_000, toMs: 3_000, reason: "not_sampled" }]);
    for (let tick = 5; tick < 20; tick++) store.append(tick, [live(load, 1)]);
    expect(store.gaps).toEqual([]);
  });

  it("holds what a model holds, over any frames and blocks", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("frame" as const), ahead: fc.integer({ min: 1, max: 3 }) }),
      fc.record({
        kind: fc.constant("block" as const),
        from: fc.nat(40),
        points: fc.integer({ min: 1, max: 6 }),
        step: fc.integer({ min: 1, max: 4 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const store = makeStore(1_000);
        let model = new Map<number, number>();
        let tick = 0;
        steps.forEach((entry, k) => {
          if (entry.kind === "frame") {
            tick += entry.ahead;
            store.append(tick, [live(load, k)]);
            model.set(tick, k);
          } else {
            const { from, points, step: stepTicks } = entry;
            const to = from + points * stepTicks;
            if (to > tick) return;
            store.merge(
              gaugeBlock(
                from,
                to,
                stepTicks,
                Array.from({ length: points }, () => k),
              ),
            );
            model = new Map([...model].filter(([at]) => at <= from || at > to));
            for (let point = 1; point <= points; point++) model.set(from + point * stepTicks, k);
          }
        });
        const expected = [...model].sort(([a], [b]) => a - b);
        const found = expected.length > 0 ? gauge(store) : { ticks: [], last: [] };
        expect(found.ticks.map((at, k) => [at, found.last[k]])).toEqual(expected);
      }),
    );
  });
});

function lengthsOf(columns: SeriesColumns): number[] {
  return Object.values(columns).flatMap((value) => (value instanceof Float64Array ? [value.length] : []));
}
