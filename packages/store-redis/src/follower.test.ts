import type { StoredBatch } from "@metricast/core";
import { manualClock } from "@metricast/testkit";
import { expect, test } from "vitest";
import { encodeBatch } from "./batch-record.js";
import type { Client } from "./clients.js";
import { Follower } from "./follower.js";
import { Health } from "./health.js";
import { Keys } from "./keys.js";

const writer = { channel: "metrics", instance: "b", epoch: "epoch-b" };
const keys = new Keys("metricast", "shop", 0);

function entry(tick: number): unknown {
  const stored: StoredBatch = { type: "batch", ...writer, tick, keyframe: true, bytes: Buffer.from([tick]) };
  return [Buffer.from(`${tick}-0`), [Buffer.from("b"), encodeBatch(stored)]];
}

/** Follows b through what a Redis answers, which ends the connection with its last answer. */
async function follow(answers: readonly (readonly unknown[])[], onBatch: (batch: StoredBatch) => void) {
  const rest = answers.map((entries) => [[Buffer.from(keys.stream(writer)), entries]]);
  const link: { client: Client | undefined; fail: (cause: unknown) => void } = {
    client: undefined,
    fail: (cause) => faults.push(cause),
  };
  const faults: unknown[] = [];
  const xreadBuffer = async () => {
    const [next] = rest.splice(0, 1);
    if (next === undefined) throw new Error("the end");
    return next;
  };
  // Of a client it asks no more than this.
  const client = { xreadBuffer, xrevrangeBuffer: async () => [] } as unknown as Client;
  link.client = client;
  const health = new Health(() => {});
  const follower = new Follower({
    peer: { service: "shop", instance: "a", epoch: "epoch-a", onBatch, onStatus() {} },
    keys,
    link: () => link,
    health,
    clock: manualClock(),
    probeMs: 1_000,
    commandTimeoutMs: 1_000,
    part: "read 0",
    onBell: async () => {},
  });
  follower.follow([{ instance: "b", epoch: "epoch-b", clients: 0, channels: ["metrics"], ageMs: 0 }]);
  await follower.run(client);
  return { faults, health };
}

test("what was handed over is not handed over again, whatever Redis answers", async () => {
  const got: number[] = [];
  await follow(
    [
      [entry(1), entry(2), entry(2), entry(1)],
      [entry(2), entry(3)],
    ],
    ({ tick }) => got.push(tick),
  );
  expect(got).toEqual([1, 2, 3]);
});

test("a peer that throws over a batch is told the next one, and the connection stays", async () => {
  const got: number[] = [];
  const { faults, health } = await follow([[entry(1), entry(2)], [entry(3)]], ({ tick }) => {
    got.push(tick);
    if (tick === 1) throw new Error("a fault of the peer");
  });
  expect(got).toEqual([1, 2, 3]);
  expect(faults).toEqual([new Error("the end")]);
  expect(health.lastError).toMatch(/onBatch .* threw/);
});
