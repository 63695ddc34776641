import type { FrameMessage } from "@metricast/protocol";
import { expect, test } from "vitest";
import type { StoredBatch, StoredBlock } from "./contracts/store.js";
import { Replication } from "./replication.js";
import { fakeChannel } from "./sessions/testing/fake-channel.js";
import type { Cell } from "./views/testing/column-feed.js";
import { ViewRegistry } from "./views/view-registry.js";

const writer = { channel: "metrics", instance: "web-1", epoch: "0123456789abcdef" };

/** A channel of two series whose batches go to a store that somebody reads, or nobody. */
function start({ isShared = true, maxViews = 10 } = {}) {
  const { channel, columns } = fakeChannel();
  for (const name of ["a", "b"]) columns.add({ name, labels: {}, kind: "gauge" });
  const logBounds = { maxFrames: 120, maxBytes: 1e6 };
  const views = new ViewRegistry({ epoch: writer.epoch, maxViews, lingerMs: 0, logBounds });
  const shared = { is: isShared, dropped: 0 };
  const batches: StoredBatch[] = [];
  const blocks: StoredBlock[] = [];
  const store = {
    name: "list",
    reach: "process" as const,
    open: () => Promise.resolve(),
    isShared: () => shared.is,
    append: (batch: StoredBatch) => void batches.push(batch),
    seal: (block: StoredBlock) => void blocks.push(block),
    async *read() {},
    status: () => ({ status: "ok" as const, lagMs: 0, spoolBytes: 0, dropped: shared.dropped }),
    members: () => [],
    close: () => Promise.resolve(),
  };
  const openWhole = () =>
    views.openMetrics(channel, { scope: {}, patterns: undefined, stepTicks: 1, merge: "instance" });
  const replication = new Replication({ store, channel, writer, openWhole });
  const tick = (at: number, cells?: readonly Cell[]) => {
    const batch = columns.batch(at, cells);
    channel.deliver(batch);
    replication.append(batch);
  };
  return { channel, columns, views, shared, batches, blocks, replication, tick };
}

const frameOf = ({ bytes }: StoredBatch): FrameMessage => JSON.parse(Buffer.from(bytes).toString());

test("the first batch is a keyframe, the next ones chain, each under its writer and tick", () => {
  const { batches, tick } = start();
  tick(100, [1, 2]);
  tick(101, [1, 3]);
  tick(103, [1, 3]);
  expect(batches.map(({ bytes, ...rest }) => rest)).toEqual([
    { type: "batch", ...writer, tick: 100, keyframe: true },
    { type: "batch", ...writer, tick: 101, prev: 100, keyframe: false },
    { type: "batch", ...writer, tick: 103, prev: 101, keyframe: false },
  ]);
  const [keyframe, chained, empty] = batches.map(frameOf);
  expect(keyframe).toMatchObject({ tick: 100, series: [{ name: "a" }, { name: "b" }], v: [1, 2] });
  expect(keyframe?.prev).toBeUndefined();
  expect(chained).toMatchObject({ tick: 101, prev: 100, i: [1], v: [3] });
  expect(empty).toMatchObject({ tick: 103, prev: 101, i: [], v: [] });
});

test("a keyframe comes every 120 batches, so that nobody has to read further back", () => {
  const { batches, tick } = start();
  for (let at = 1; at <= 300; at += 1) tick(at, [at, 0]);
  const keyframes = batches.filter(({ keyframe }) => keyframe);
  expect(keyframes.map((batch) => batch.tick)).toEqual([1, 121, 241]);
  expect(keyframes.map((batch) => frameOf(batch).prev)).toEqual([undefined, undefined, undefined]);
});

test("F37: after a clock stepped forward the chain begins with a keyframe: a store keeps so many ticks, not batches", () => {
  const { batches, tick } = start();
  for (const at of [1, 2, 18_002, 18_003]) tick(at, [at, at]);
  expect(batches.map(({ tick: at, prev, keyframe }) => [at, prev, keyframe])).toEqual([
    [1, undefined, true],
    [2, 1, false],
    [18_002, 2, true],
    [18_003, 18_002, false],
  ]);
});

test("after the store dropped something the chain begins again with a keyframe", () => {
  const { batches, shared, tick } = start();
  tick(1, [1, 1]);
  tick(2, [2, 2]);
  shared.dropped = 5;
  for (const at of [3, 4]) tick(at, [at, at]);
  expect(batches.map(({ tick: at, prev, keyframe }) => [at, prev, keyframe])).toEqual([
    [1, undefined, true],
    [2, 1, false],
    [3, 2, true],
    [4, 3, false],
  ]);
});

test("while nobody reads nothing is encoded and no view is held; whoever comes gets a keyframe first", () => {
  const { batches, views, shared, tick, channel } = start({ isShared: false });
  tick(1, [1, 1]);
  expect([batches, views.count]).toEqual([[], 0]);
  shared.is = true;
  tick(2, [2, 2]);
  tick(3, [3, 3]);
  expect(views.isWatched(channel.name)).toBe(true);
  shared.is = false;
  tick(4, [4, 4]);
  expect(views.isWatched(channel.name)).toBe(false);
  views.sweep(1);
  expect(views.count).toBe(0);
  shared.is = true;
  tick(5, [5, 5]);
  expect(batches.map(({ tick: at, keyframe }) => [at, keyframe])).toEqual([
    [2, true],
    [3, false],
    [5, true],
  ]);
});

test("a batch that could not be kept, as at the limit of views, is not chained to", () => {
  const { batches, views, tick, channel } = start({ maxViews: 1 });
  const other = views.openMetrics(channel, { scope: {}, patterns: ["a"], stepTicks: 1, merge: "cluster" });
  tick(1, [1, 1]);
  expect([other === undefined, batches]).toEqual([false, []]);
  views.sweep(1);
  tick(2, [2, 2]);
  expect(batches.map(({ tick: at, keyframe }) => [at, keyframe])).toEqual([[2, true]]);
});

test("a sealed range goes with history's own bytes, to be kept until its last tick is older than the retention", () => {
  const { replication, blocks, channel } = start();
  const range = { fromTick: 10, toTick: 12, stepTicks: 1 };
  const bytes = Uint8Array.of(1, 2, 3);
  let asked = 0;
  const sealed = {
    ...range,
    get bytes() {
      asked += 1;
      return bytes;
    },
    read: () => ({ ...range, series: [], gaps: [] }),
  };
  replication.seal(sealed);
  // Not within the tick.
  expect(asked).toBe(0);
  const expiresMs = 12 * channel.intervalMs + channel.retentionMs;
  expect(blocks).toEqual([{ type: "block", ...writer, ...range, expiresMs, bytes }]);
  expect(blocks[0]?.bytes).toBe(bytes);
});

test("a sealed range is not even encoded while nobody would read it", () => {
  const { replication, blocks } = start({ isShared: false });
  const fail = (): never => {
    throw new Error("made for nobody");
  };
  const block = { fromTick: 0, toTick: 1, stepTicks: 1, read: fail, bytes: new Uint8Array() };
  replication.seal(Object.defineProperty(block, "bytes", { get: fail }));
  expect(blocks).toEqual([]);
});

test("after a batch that was not handed on the chain begins again with a keyframe", () => {
  const { batches, tick, channel, columns } = start();
  tick(100, [1, 2]);
  channel.deliver(columns.batch(101, [2, 2]));
  tick(102, [3, 2]);
  expect(batches.map(({ keyframe }) => keyframe)).toEqual([true, true]);
  expect(batches.map(frameOf)[1]).toMatchObject({ tick: 102, v: [3, 2] });
});
