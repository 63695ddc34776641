import { describe, expect, test } from "vitest";
import { MemoryBudget } from "../history/budget.js";
import { ChannelHistory } from "../history/channel-history.js";
import { SeriesNames } from "../history/series-names.js";
import { counter, gauge } from "../history/testing/test-feed.js";
import { RemoteWriter } from "./remote-writer.js";
import { StoredWriter } from "./testing/stored-writer.js";

function start() {
  const faults: unknown[] = [];
  const read: string[] = [];
  const history = new ChannelHistory({
    intervalMs: 1_000,
    retentionMs: 3_600_000,
    tierSteps: [10],
    budget: new MemoryBudget(1e7),
  });
  const remote = new RemoteWriter({
    name: "b",
    names: new SeriesNames(),
    history,
    onFault: (cause) => faults.push(cause),
  });
  const writer = new StoredWriter("b", [gauge("g"), counter("c")]);
  const onRead = ({ tick, isOfNext }: { tick: number; isOfNext: boolean }) =>
    read.push(isOfNext ? `${tick} of the next` : `${tick}`);
  const take = (stored: ReturnType<StoredWriter["tick"]>) => remote.take(stored, onRead);
  return {
    remote,
    writer,
    history,
    faults,
    take,
    readTo: (tick: number) => remote.readTo(tick, onRead),
    took: () => read.splice(0),
  };
}

test("batches are read in order, when their turn comes, and are history then", () => {
  const { remote, writer, history, take, readTo, took } = start();
  for (const tick of [1, 2, 3]) expect(take(writer.tick(tick, [tick, tick]))).toBe(true);
  expect(took()).toEqual([]);
  readTo(2);
  expect(took()).toEqual(["1", "2"]);
  expect(remote.columns.values[0]).toBe(2);
  expect(history.headTick).toBe(2);
  readTo(Number.POSITIVE_INFINITY);
  expect(took()).toEqual(["3"]);
  expect(remote.hasLost(0)).toBe(false);
});

describe("what does not come", () => {
  test("is lost, with all that cannot be read without it", () => {
    const { remote, writer, take, readTo, took } = start();
    take(writer.tick(1, [1, 1]));
    writer.tick(2);
    for (let tick = 3; tick <= 120; tick += 1) expect(take(writer.tick(tick))).toBe(false);
    expect(take(writer.tick(121, [5, 5]))).toBe(true);
    take(writer.tick(122));
    readTo(200);
    expect(took()).toEqual(["1", "121", "122"]);
    expect([remote.hasLost(1), remote.hasLost(119), remote.hasLost(120)]).toEqual([true, true, false]);
  });

  test("between two keyframes is known by the tick before the second", () => {
    const { remote, writer, take } = start();
    take(writer.tick(1, [1, 1]));
    for (let tick = 2; tick <= 120; tick += 1) writer.tick(tick);
    expect(take(writer.tick(121))).toBe(true);
    expect([remote.hasLost(0), remote.hasLost(119), remote.hasLost(120)]).toEqual([true, true, false]);
  });

  test("of the time between two processes is nothing", () => {
    const { remote, writer, take, readTo, took } = start();
    take(writer.tick(1, [1, 1]));
    take(new StoredWriter("b", [gauge("g")], "next").tick(9, [3]));
    readTo(9);
    expect(took()).toEqual(["1", "9 of the next"]);
    expect(remote.hasLost(0)).toBe(false);
  });
});

test("a tick that would follow, but is another process's, does not", () => {
  const { remote, writer, take } = start();
  take(writer.tick(1, [1, 1]));
  expect(take({ ...writer.tick(2, [2, 2]), epoch: "another" })).toBe(false);
  expect(remote.hasLost(1)).toBe(true);
});

test("of what was lost the newest 64 ranges are remembered", () => {
  const { remote } = start();
  for (let k = 1; k <= 65; k += 1) remote.lose(10 * k, 10 * k + 1);
  expect([10, 20].map((tick) => remote.hasLostWithin(tick, tick + 1))).toEqual([false, true]);
});

test("what cannot be read is told, and lost", () => {
  const { remote, writer, faults, take, readTo, took } = start();
  take(writer.tick(1, [1, 1]));
  take({ ...writer.tick(2, [2, 2]), bytes: Uint8Array.of(1, 2, 3) });
  readTo(2);
  expect(took()).toEqual(["1"]);
  expect(faults).toHaveLength(1);
  expect(remote.hasLost(1)).toBe(true);
  expect(take(writer.tick(3))).toBe(false);
});

test("what cannot be read ends no chain that a keyframe behind it begins", () => {
  const { writer, take, readTo, took } = start();
  take({ ...writer.tick(1, [1, 1]), bytes: Uint8Array.of(1, 2, 3) });
  for (let tick = 2; tick <= 121; tick += 1) take(writer.tick(tick));
  readTo(121);
  expect(take(writer.tick(122))).toBe(true);
  readTo(122);
  expect(took()).toEqual(["121", "122"]);
});

test("no more than so many wait, however far ahead they are", () => {
  const { writer, take, took } = start();
  for (let tick = 1; tick <= 300; tick += 1) take(writer.tick(tick, [tick]));
  expect(took()).toHaveLength(60);
});

describe("a broken chain", () => {
  test("is whole again with what the store has since the newest keyframe, and what came meanwhile", () => {
    const { remote, writer, take, readTo, took } = start();
    for (let tick = 1; tick <= 10; tick += 1) writer.tick(tick, [tick, tick]);
    const stored = [...writer.batches];
    expect([11, 12].map((tick) => take(writer.tick(tick, [tick, tick])))).toEqual([false, false]);
    expect(remote.mend([...stored, ...writer.batches.slice(10, 11)], () => {})).toBe(12);
    readTo(12);
    expect(took()).toHaveLength(12);
    expect(remote.hasLost(0)).toBe(false);
    expect(take(writer.tick(13))).toBe(true);
  });

  test("within what was read goes on from where it ended, and nothing of it counts as lost", () => {
    const { remote, writer, take, readTo, took, history } = start();
    for (let tick = 1; tick <= 5; tick += 1) take(writer.tick(tick, [tick, tick]));
    readTo(5);
    writer.tick(6);
    expect(take(writer.tick(7, [7, 7]))).toBe(false);
    expect(remote.mend(writer.batches.slice(0, 6), () => {})).toBe(7);
    readTo(7);
    expect(took()).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
    expect(history.headTick).toBe(7);
    expect(remote.columns.values[0]).toBe(7);
    expect(remote.hasLost(0)).toBe(false);
  });

  test.each([0, 1])(
    "by what could not be read, while %i waited behind it, is read again, and only what is new is told",
    (waiting) => {
      const { remote, writer, take, readTo, took } = start();
      for (const tick of [1, 2]) take(writer.tick(tick, [tick, tick]));
      take({ ...writer.tick(3, [3, 3]), bytes: Uint8Array.of(1, 2, 3) });
      for (let k = 4; k < 4 + waiting; k += 1) take(writer.tick(k, [k, k]));
      readTo(9);
      const tick = 4 + waiting;
      expect(take(writer.tick(tick, [tick, tick]))).toBe(false);
      expect(remote.mend(writer.batches, () => {})).toBe(tick);
      readTo(9);
      expect(took()).toEqual(writer.batches.map((stored) => `${stored.tick}`));
      expect(remote.columns.values[0]).toBe(tick);
      expect(remote.hasLost(0)).toBe(false);
    },
  );

  test("of the next process, whose ticks are lower, is shown on as any other", () => {
    const { remote, writer, take, readTo, took } = start();
    for (const tick of [101, 102]) take(writer.tick(tick, [tick, tick]));
    const next = new StoredWriter("b", [gauge("g")], "next");
    for (const tick of [50, 51]) take(next.tick(tick, [tick]));
    readTo(102);
    next.tick(52, [52]);
    expect(take(next.tick(53))).toBe(false);
    expect(remote.mend(next.batches, () => {})).toBe(53);
    readTo(102);
    expect(took()).toEqual(["101", "102", "50 of the next", "51", "52", "53"]);
    expect(remote.tokens.json(1).tick).toBe(53);
  });

  test("is not mended over more than may wait", () => {
    const { remote, writer, take } = start();
    take(writer.tick(1, [1, 1]));
    writer.tick(2);
    for (let tick = 3; tick <= 400; tick += 1) take({ ...writer.tick(tick), keyframe: false });
    // Without what is no longer held nothing leads from the store's keyframe to the rest.
    expect(remote.mend(writer.batches.slice(0, 110), () => {})).toBeUndefined();
    expect(remote.hasLost(200)).toBe(true);
  });

  test("stays so where the store lacks the same", () => {
    const { remote, writer, take } = start();
    take(writer.tick(1, [1, 1]));
    writer.tick(2);
    take(writer.tick(3));
    expect(remote.mend(writer.batches.slice(0, 1), () => {})).toBeUndefined();
    expect(remote.mend([], () => {})).toBeUndefined();
    expect(remote.hasLost(1)).toBe(true);
  });
});
