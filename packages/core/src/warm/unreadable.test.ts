import { expect, test } from "vitest";
import type { StoredBlock } from "../contracts/store.js";
import { warmStart } from "./warm-start.js";

const block = (toTick: number): StoredBlock => ({
  type: "block",
  channel: "metrics",
  instance: "web",
  epoch: `epoch ${toTick}`,
  fromTick: toTick - 120,
  toTick,
  stepTicks: 1,
  expiresMs: Number.MAX_SAFE_INTEGER,
  bytes: Buffer.from(String(toTick)),
});

test("a block that cannot be read is told and passed over, and the others are restored", async () => {
  const restored: string[] = [];
  const faults: unknown[] = [];
  const epochs: string[] = [];
  const newest = await warmStart({
    store: {
      async *read({ fromTick }) {
        if (fromTick === 0) yield* [block(120), block(240), block(360)];
      },
    },
    channel: { name: "metrics", intervalMs: 1_000, retentionMs: 400_000 },
    instance: "web",
    history: {
      restore(bytes) {
        if (bytes.toString() === "360") throw new TypeError("no block");
        restored.push(bytes.toString());
        return true;
      },
    },
    throughTick: 400,
    onEpoch: (epoch) => epochs.push(epoch),
    onFault: (cause) => faults.push(cause),
  });
  expect(faults).toEqual([new TypeError("no block")]);
  expect([newest, restored, epochs]).toEqual([240, ["240", "120"], ["epoch 240", "epoch 120"]]);
});
