import { expect, test } from "vitest";
import type { StoredBatch, StoredBlock, StoreQuery } from "../contracts/store.js";
import { warmRemote } from "./warm-remote.js";

const writer = { channel: "metrics", instance: "b", epoch: "e" };

function block(fromTick: number, toTick: number): StoredBlock {
  const range = { fromTick, toTick, stepTicks: 1, expiresMs: 1e15 };
  return { type: "block", ...writer, ...range, bytes: Buffer.from(`${toTick}`) };
}

const batch: StoredBatch = {
  type: "batch",
  ...writer,
  tick: 2_000,
  keyframe: true,
  bytes: Buffer.from("batch"),
};

function start(blocks: readonly StoredBlock[]) {
  const queries: StoreQuery[] = [];
  const restored: string[] = [];
  const faults: unknown[] = [];
  const warm = warmRemote({
    store: {
      async *read(query) {
        queries.push(query);
        yield* blocks.filter((one) => one.toTick > query.fromTick && one.fromTick < query.toTick);
        yield batch;
        throw new Error("read on");
      },
    },
    channel: "metrics",
    instance: "b",
    history: {
      restore(bytes) {
        const text = Buffer.from(bytes).toString();
        if (text === "1800") throw new Error("no block");
        restored.push(text);
        return text !== "1920";
      },
    },
    retentionTicks: 2_000,
    nowTick: 2_000,
    onFault: (cause) => faults.push(cause),
  });
  return { warm, queries, restored, faults };
}

test("blocks are restored newest first, each once, batches left alone", async () => {
  const { warm, queries, restored, faults } = start([
    block(0, 120),
    block(960, 1_080),
    block(1_680, 1_800),
    block(1_560, 1_680),
    block(1_800, 1_920),
  ]);
  // The newest was of no use, the next could not be read.
  expect(await warm).toBe(1_680);
  expect(restored).toEqual(["1920", "1680", "1080", "120"]);
  expect(faults).toHaveLength(1);
  expect(queries.map(({ fromTick, toTick }) => [fromTick, toTick])).toEqual([
    [1_040, 2_000],
    [80, 1_040],
    [0, 80],
  ]);
});

test("of an instance that sealed nothing there is nothing", async () => {
  expect(await start([]).warm).toBeUndefined();
});
