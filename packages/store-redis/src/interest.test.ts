import type { StoredBatch, StorePeer } from "@metricast/core";
import { RedisServer, until } from "@metricast/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { redisStore } from "./index.js";

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

const epochs = { a: "000000000000000a", b: "000000000000000b" };

function batch(channel: string, tick: number): StoredBatch {
  const prev = tick > 1 ? { prev: tick - 1 } : {};
  const writer = { channel, instance: "a", epoch: epochs.a };
  return { type: "batch", ...writer, tick, ...prev, keyframe: tick === 1, bytes: Buffer.from(`${tick}`) };
}

test("a channel that nobody wants is not read; when somebody does, reading goes on where it stopped", async () => {
  const options = { port: server.port, probeMs: 50 };
  const [writer, reader] = [redisStore(options), redisStore(options)];
  const base = { service: "interest", onStatus() {} };
  const got: StoredBatch[] = [];
  const wanted = new Set(["kept", "metrics"]);
  const peer: StorePeer = {
    ...base,
    instance: "b",
    epoch: epochs.b,
    onBatch: (one) => void got.push(one),
    wants: (channel) => wanted.has(channel),
  };
  await reader.open(peer);
  await writer.open({ ...base, instance: "a", epoch: epochs.a, onBatch() {} });
  const write = (from: number, to: number) => {
    for (let tick = from; tick <= to; tick += 1)
      for (const channel of ["kept", "metrics"]) writer.append(batch(channel, tick));
  };
  const ticks = (channel: string) => got.filter((one) => one.channel === channel).map(({ tick }) => tick);
  write(1, 20);
  await until(() => ticks("metrics").length === 20);
  wanted.delete("metrics");
  // One read may be under way.
  await until(async () => {
    const before = ticks("metrics").length;
    const next = (ticks("kept").at(-1) ?? 0) + 1;
    write(next, next);
    await until(() => ticks("kept").at(-1) === next);
    return ticks("metrics").length === before;
  });
  const before = ticks("metrics").length;
  const next = (ticks("kept").at(-1) ?? 0) + 1;
  write(next, next + 300);
  await until(() => ticks("kept").at(-1) === next + 300);
  expect(ticks("metrics")).toHaveLength(before);
  expect(reader.members().map(({ instance }) => instance)).toContain("a");
  wanted.add("metrics");
  await until(() => ticks("metrics").at(-1) === next + 300);
  expect(ticks("metrics")).toEqual(Array.from({ length: next + 300 }, (_, k) => k + 1));
  await writer.close();
  await reader.close();
});
