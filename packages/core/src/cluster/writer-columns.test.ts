import { describe, expect, test } from "vitest";
import { type Batch, seriesState } from "../contracts/feed.js";
import type { StoredBatch } from "../contracts/store.js";
import { SeriesNames } from "../history/series-names.js";
import { counter, gauge, histogram } from "../history/testing/test-feed.js";
import { StoredWriter } from "./testing/stored-writer.js";
import { WriterColumns } from "./writer-columns.js";

const infos = [gauge("g"), counter("c"), histogram("h", [1, 2])];

function start() {
  const writer = new StoredWriter("web-1", infos);
  return { writer, columns: new WriterColumns(new SeriesNames()) };
}

/** Everything a batch says, by name. */
function contentOf({ columns }: Batch) {
  return Object.fromEntries(
    columns.series.map(({ index, slot, width, info }) => {
      const state = columns.states[index];
      if (state === seriesState.absent) return [info.name, "absent"];
      if (state === seriesState.stale) return [info.name, columns.staleCause(index)];
      return [info.name, [...columns.values.slice(slot, slot + width)]];
    }),
  );
}

function mustRead(columns: WriterColumns, stored: StoredBatch): Batch {
  const batch = columns.read(stored);
  if (batch === undefined) throw new Error("nothing led up to it");
  return batch;
}

test("a chain is read as it was written: values, states and what changed", () => {
  const { writer, columns } = start();
  const first = mustRead(columns, writer.tick(100, [1.5, 7, [1, 2, 3, 9.5]]));
  expect(contentOf(first)).toEqual({ g: [1.5], c: [7], h: [1, 2, 3, 9.5] });
  expect(first).toMatchObject({ tick: 100, changed: [0, 1, 2], firstNew: 0 });
  expect(first.prev).toBeUndefined();
  const second = mustRead(columns, writer.tick(101, [Number.NaN, undefined, [1, 4, 3, 9.5]]));
  expect(contentOf(second)).toEqual({ g: [Number.NaN], c: [7], h: [1, 4, 3, 9.5] });
  expect(second).toMatchObject({ tick: 101, prev: 100, changed: [0, 2], firstNew: 3 });
  const third = mustRead(columns, writer.tick(103, ["absent", { stale: "timeout" }]));
  expect(contentOf(third)).toEqual({ g: "absent", c: "timeout", h: [1, 4, 3, 9.5] });
  expect(third).toMatchObject({ tick: 103, prev: 101, changed: [0, 1] });
});

test("a series that comes later has its place, and was born at its tick", () => {
  const { writer, columns } = start();
  mustRead(columns, writer.tick(100, [1, 2, [0, 0, 0, 0]]));
  writer.fake.columns.add(counter("late"), 101);
  const batch = mustRead(columns, writer.tick(101, [1, 2, [0, 0, 0, 0], 5]));
  expect(contentOf(batch)).toMatchObject({ late: [5] });
  expect(batch.firstNew).toBe(3);
  expect(batch.columns.series.map(({ bornTick }) => bornTick)).toEqual([0, 0, 0, 101]);
});

describe("where a batch is lost", () => {
  test("nothing is read until the next keyframe, which says what was missed", () => {
    const { writer, columns } = start();
    mustRead(columns, writer.tick(1, [0, 0, [0, 0, 0, 0]]));
    writer.tick(2, [1]);
    for (let tick = 3; tick <= 120; tick += 1) {
      expect(columns.read(writer.tick(tick, [tick]))).toBeUndefined();
    }
    const batch = mustRead(columns, writer.tick(121, [121]));
    expect(batch).toMatchObject({ tick: 121, prev: 1, changed: [0] });
    expect(contentOf(batch)).toMatchObject({ g: [121], c: [0] });
  });

  test("a batch of the right tick but of another process does not follow", () => {
    const { writer, columns } = start();
    mustRead(columns, writer.tick(1, [0, 0, [0, 0, 0, 0]]));
    expect(columns.read({ ...writer.tick(2, [1]), epoch: "another" })).toBeUndefined();
  });

  test("a frame of another tick than it is stored under is none", () => {
    const { writer, columns } = start();
    const stored = writer.tick(1, [0, 0, [0, 0, 0, 0]]);
    expect(() => columns.read({ ...stored, tick: 2 })).toThrow(TypeError);
    mustRead(columns, stored);
  });

  test("bytes that are no frame throw, and a keyframe mends it", () => {
    const { writer, columns } = start();
    mustRead(columns, writer.tick(1, [0, 0, [0, 0, 0, 0]]));
    expect(() => columns.read({ ...writer.tick(2, [1]), bytes: Uint8Array.of(9, 9, 9) })).toThrow();
    expect(columns.read(writer.tick(3, [2]))).toBeUndefined();
    for (let tick = 4; tick <= 120; tick += 1) columns.read(writer.tick(tick));
    expect(contentOf(mustRead(columns, writer.tick(121, [5])))).toMatchObject({ g: [5] });
  });
});

test("a chain that is read again gives nothing that it gave, and then all that differs from what it gave last", () => {
  const { writer, columns } = start();
  for (const tick of [1, 2, 3]) mustRead(columns, writer.tick(tick, [tick, 7, [tick, 0, 0, 0]]));
  expect(writer.batches.slice(0, 2).map((stored) => columns.read(stored))).toEqual([undefined, undefined]);
  expect(columns.read({ ...writer.tick(4, [4]), prev: 9 })).toBeUndefined();
  for (let tick = 5; tick <= 120; tick += 1) writer.tick(tick);
  // As it was at tick 2, where reading again had got to, and not as at tick 3.
  const batch = mustRead(columns, writer.tick(121, [2, 7, [2, 0, 0, 0]]));
  expect(batch).toMatchObject({ tick: 121, prev: 3, changed: [0, 2] });
});

test("the next process of the same name goes on in the same columns; what it does not have is absent", () => {
  const { writer, columns } = start();
  const first = mustRead(columns, writer.tick(1, [1, 2, [3, 4, 5, 6]]));
  const next = new StoredWriter("web-1", [counter("c"), gauge("other")], "next");
  const batch = mustRead(columns, next.tick(5, [1, 8]));
  expect(batch.prev).toBe(1);
  expect(contentOf(batch)).toEqual({ g: "absent", c: [1], h: "absent", other: [8] });
  expect(batch.columns.series[1]).toBe(first.columns.series[1]);
  // It was there at the first tick of its process: nobody knows from what it counts.
  expect(batch.columns.series[3]?.bornTick).toBe(0);
});
