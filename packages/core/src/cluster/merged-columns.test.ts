import type { Aggregator, SeriesInfo } from "@metricast/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Columns, seriesState } from "../contracts/feed.js";
import { SeriesNames } from "../history/series-names.js";
import { counter, gauge, histogram } from "../history/testing/test-feed.js";
import { type Cell, ColumnFeed } from "../views/testing/column-feed.js";
import { MergedColumns } from "./merged-columns.js";

const aggregators: readonly (Aggregator | undefined)[] = [
  undefined,
  "sum",
  "average",
  "min",
  "max",
  "first",
  "omit",
];

function gaugeOf(aggregator: Aggregator | undefined): SeriesInfo {
  const info = gauge(`g_${aggregator ?? "plain"}`);
  return aggregator === undefined ? info : { ...info, aggregator };
}

/** What there is of a series, by name; a histogram's slots as a list. */
function contentOf({ series, states, values }: Columns) {
  return Object.fromEntries(
    series.map(({ index, slot, width, info }) => {
      const state = states[index];
      if (state === seriesState.absent) return [info.name, "absent"];
      if (state === seriesState.stale) return [info.name, "stale"];
      return [info.name, width === 1 ? values[slot] : [...values.slice(slot, slot + width)]];
    }),
  );
}

function writerOf(infos: readonly SeriesInfo[], cells: readonly Cell[] = []): ColumnFeed {
  const feed = new ColumnFeed();
  for (const info of infos) feed.add(info);
  feed.batch(0, cells);
  return feed;
}

function mergeOf(...writers: readonly ColumnFeed[]): MergedColumns {
  const merged = new MergedColumns("metrics", new SeriesNames());
  for (const [at, feed] of writers.entries()) merged.add(`web-${at}`, () => feed);
  return merged;
}

describe("gauges", () => {
  const infos = aggregators.map(gaugeOf);
  const all = (value: Cell) => infos.map(() => value);

  test("merge by the aggregator of each, in any order of series", () => {
    const merged = mergeOf(
      writerOf(infos, all(1)),
      writerOf([...infos].reverse(), all(5)),
      writerOf(infos, all(3)),
    );
    merged.close(1);
    expect(contentOf(merged.columns)).toEqual({
      g_plain: 9,
      g_sum: 9,
      g_average: 3,
      g_min: 1,
      g_max: 5,
      g_first: 1,
    });
  });

  test("skip NaN, which is all there is where nobody has anything else; the first is as it is", () => {
    const merged = mergeOf(
      writerOf(infos, all(Number.NaN)),
      writerOf(infos, all(4)),
      writerOf(infos, all(2)),
    );
    merged.close(1);
    expect(contentOf(merged.columns)).toMatchObject({
      g_sum: 6,
      g_average: 3,
      g_min: 2,
      g_max: 4,
      g_first: Number.NaN,
    });
    const none = mergeOf(writerOf(infos, all(Number.NaN)), writerOf(infos, all(Number.NaN)));
    none.close(1);
    expect(contentOf(none.columns)).toMatchObject({
      g_sum: Number.NaN,
      g_average: Number.NaN,
      g_min: Number.NaN,
    });
  });

  test("are made of those that are live; stale where none is but one was, else absent", () => {
    const [one, two] = [writerOf(infos, all(4)), writerOf(infos, all(6))];
    const merged = mergeOf(one, two);
    merged.close(1);
    merged.take("web-0", one.batch(2, all({ stale: "timeout" })), 0, true);
    merged.close(2);
    expect(contentOf(merged.columns)).toMatchObject({ g_sum: 6, g_average: 6 });
    merged.take("web-1", two.batch(3, all("absent")), 0, true);
    const batch = merged.close(3);
    expect(contentOf(merged.columns)).toMatchObject({ g_sum: "stale", g_max: "stale" });
    expect(merged.columns.staleCause(0)).toBe("timeout");
    expect(batch).toMatchObject({ tick: 3, prev: 2, changed: [0, 1, 2, 3, 4, 5] });
    merged.take("web-0", one.batch(4, all("absent")), 0, true);
    merged.close(4);
    expect(contentOf(merged.columns)).toMatchObject({ g_sum: "absent" });
  });
});

describe("counters", () => {
  const infos = [counter("c"), histogram("h", [1])];

  test("begin where they stood, and grow by what each grew by", () => {
    const [one, two] = [writerOf(infos, [100, [1, 2, 3]]), writerOf(infos, [1_000, [10, 10, 10]])];
    const merged = new MergedColumns("metrics", new SeriesNames());
    merged.add("me", () => one, "is shown");
    merged.add("web", () => two);
    merged.close(1);
    expect(contentOf(merged.columns)).toEqual({ c: 100, h: [1, 2, 3] });
    merged.take("me", one.batch(2, [103, [1, 3, 3.5]]), 0, true);
    merged.take("web", two.batch(2, [1_040, [11, 10, 12]]), 0, true);
    merged.close(2);
    expect(contentOf(merged.columns)).toEqual({ c: 143, h: [2, 3, 5.5] });
  });

  test("count a restart from zero, and a leaving instance not at all", () => {
    const [one, two] = [writerOf(infos, [100, [1, 1, 1]]), writerOf(infos, [50, [5, 5, 5]])];
    const merged = mergeOf(one, two);
    merged.close(1);
    merged.take("web-1", two.batch(2, [4, [1, 0, 2]]), 0, true);
    merged.close(2);
    expect(contentOf(merged.columns)).toEqual({ c: 4, h: [1, 0, 2] });
    merged.remove("web-1");
    const batch = merged.close(3);
    expect(batch.changed).toEqual([]);
    expect(contentOf(merged.columns)).toEqual({ c: 4, h: [1, 0, 2] });
  });

  test("go on where the next process of one that left goes on, and not where the same comes back", () => {
    const feed = writerOf(infos, [100, [1, 1, 1]]);
    const merged = mergeOf(feed);
    merged.remove("web-0");
    feed.batch(2, [7, [2, 2, 2]]);
    merged.add("web-0", () => feed, "goes on");
    merged.close(2);
    expect(contentOf(merged.columns)).toEqual({ c: 7, h: [1, 1, 1] });
    merged.remove("web-0");
    feed.batch(3, [1_000, [9, 9, 9]]);
    merged.add("web-0", () => feed);
    merged.take("web-0", feed.batch(4, [1_001]), 0, true);
    merged.close(4);
    expect(contentOf(merged.columns)).toEqual({ c: 8, h: [1, 1, 1] });
  });

  test("count from zero where the series was born before our eyes, else not what was before", () => {
    const feed = writerOf([counter("old")], [70]);
    const merged = mergeOf(feed);
    merged.close(1);
    feed.add(counter("new"), 2);
    feed.add(counter("found"), 0);
    merged.take("web-0", feed.batch(2, [undefined, 8, 9]), 0, true);
    merged.close(2);
    expect(contentOf(merged.columns)).toEqual({ old: 0, new: 8, found: 0 });
  });

  test("leave out what is no number, and what came late", () => {
    const feed = writerOf([counter("c")], [10]);
    const merged = mergeOf(feed);
    merged.take("web-0", feed.batch(1, [Number.NaN]), 0, true);
    merged.take("web-0", feed.batch(2, [15]), 0, true);
    merged.take("web-0", feed.batch(3, [100]), 0, false);
    merged.take("web-0", feed.batch(4, [101]), 0, true);
    merged.close(4);
    expect(contentOf(merged.columns)).toEqual({ c: 6 });
  });
});

test("what cannot be one is kept apart by a label, and of bounds it is said", () => {
  const merged = mergeOf(
    writerOf([histogram("h", [1]), gauge("x")], [[1, 2, 3], 1]),
    writerOf([histogram("h", [1]), counter("x")], [[1, 2, 3], 2]),
  );
  expect(merged.boundsDiffer).toBe(false);
  merged.add("web-2", () => writerOf([histogram("h", [1, 2])], [[1, 2, 3, 4]]));
  expect(merged.boundsDiffer).toBe(true);
  expect(merged.columns.series.map(({ info }) => [info.name, info.labels])).toEqual([
    ["h", {}],
    ["x", {}],
    ["x", { kind: "counter" }],
    ["h", { bounds: "1,2" }],
  ]);
});

/** One instance of the naive model: its newest cells, and where its counters stood when they were last counted. */
interface Modelled {
  readonly feed: ColumnFeed;
  readonly infos: readonly SeriesInfo[];
  cells: Cell[];
  before: Map<string, number[]>;
}

const pool = [...aggregators.map(gaugeOf), counter("c_1"), counter("c_2"), histogram("h_1", [1, 5])];
const number = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 1_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity) },
);
const cellOf = (info: SeriesInfo): fc.Arbitrary<Cell> =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: info.kind === "histogram" ? fc.array(number, { minLength: 4, maxLength: 4 }) : number,
    },
    { weight: 1, arbitrary: fc.constant<Cell>("absent") },
    { weight: 1, arbitrary: fc.constant<Cell>({ stale: "failed" }) },
  );
const names = ["a", "b", "c", "d"];
const step = fc.record({
  moves: fc.array(
    fc.record({
      name: fc.constantFrom(...names),
      cells: fc.tuple(...pool.map(cellOf)),
      late: fc.boolean(),
    }),
    { maxLength: 5 },
  ),
  leaves: fc.option(fc.constantFrom(...names), { freq: 5 }),
});

const numbersOf = (cell: Cell | undefined): readonly number[] | undefined =>
  typeof cell === "number" ? [cell] : Array.isArray(cell) ? cell : undefined;

/** What the merge must hold, from the newest cells alone. */
function expectedGauge(info: SeriesInfo, instances: readonly Modelled[]): unknown {
  const cells = instances.flatMap(({ infos, cells }) => {
    const at = infos.indexOf(info);
    return at < 0 ? [] : [cells[at]];
  });
  const lives = cells.filter((cell) => typeof cell === "number");
  if (lives.length === 0) return cells.some((cell) => typeof cell === "object") ? "stale" : "absent";
  if (info.aggregator === "first") return lives[0];
  const known = lives.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return Number.NaN;
  if (info.aggregator === "min") return Math.min(...known);
  if (info.aggregator === "max") return Math.max(...known);
  const sum = known.reduce((total, value) => total + value);
  return info.aggregator === "average" ? sum / known.length : sum;
}

test("any interleaving of instances, restarts, late batches and departures is what a naive model says", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const merged = new MergedColumns("metrics", new SeriesNames());
      const instances = new Map<string, Modelled>();
      const gone = new Map<string, Modelled>();
      const totals = new Map<string, number[]>();
      for (const [at, { moves, leaves }] of steps.entries()) {
        for (const [turn, { name, cells: given, late }] of moves.entries()) {
          const known = instances.get(name);
          const old = known ?? gone.get(name);
          // Each has its own series in its own order.
          const infos = old?.infos ?? pool.filter((_, k) => (k + name.charCodeAt(0)) % 4 !== 0).reverse();
          const cells = infos.map((info) => given[pool.indexOf(info)] ?? "absent");
          const feed = old?.feed ?? writerOf(infos, []);
          const modelled = old ?? { feed, infos, cells, before: new Map() };
          instances.set(name, modelled);
          const batch = feed.batch(1 + at * 10 + turn, cells);
          modelled.cells = cells;
          if (known === undefined) merged.add(name, () => feed);
          else merged.take(name, batch, 0, !late);
          for (const [k, info] of infos.entries()) {
            if (info.kind === "gauge") continue;
            const before = modelled.before.get(info.name) ?? [];
            const total = totals.get(info.name) ?? [0, 0, 0, 0];
            for (const [slot, value] of (numbersOf(cells[k]) ?? []).entries()) {
              if (!Number.isFinite(value)) continue;
              const previous = before[slot];
              if (known && !late && previous !== undefined)
                total[slot] = (total[slot] ?? 0) + (value < previous ? value : value - previous);
              before[slot] = value;
            }
            modelled.before.set(info.name, before);
            totals.set(info.name, total);
          }
        }
        if (leaves !== null) {
          merged.remove(leaves);
          const left = instances.get(leaves);
          if (left !== undefined) gone.set(leaves, left);
          instances.delete(leaves);
        }
        const statesBefore = contentOf(merged.columns);
        const batch = merged.close(at);
        const now = contentOf(merged.columns);
        const present = [...instances].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, instance]) => instance);
        for (const { index, info } of merged.columns.series) {
          if (info.kind === "gauge") expect(now[info.name]).toEqual(expectedGauge(info, present));
          const values = numbersOf(now[info.name] as Cell);
          if (info.kind !== "gauge" && values)
            expect(values).toEqual(totals.get(info.name)?.slice(0, values.length));
          // What changed is named, and nothing else.
          if (index < batch.firstNew)
            expect(batch.changed.includes(index)).toBe(!same(statesBefore[info.name], now[info.name]));
        }
        expect(Object.keys(now)).not.toContain("g_omit");
      }
    }),
    { numRuns: 150 },
  );
});

function same(a: unknown, b: unknown): boolean {
  return Array.isArray(a) && Array.isArray(b)
    ? a.every((value, k) => Object.is(value, b[k]))
    : Object.is(a, b);
}
