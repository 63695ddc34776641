import { RedisServer } from "@metricast/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { OutgoingBatch } from "./outgoing.js";
import { OwnStream } from "./own-stream.js";
import { resync } from "./resync.js";
import { Spool } from "./spool.js";

const writer = { channel: "metrics", instance: "a", epoch: "000000000000000a" };
let server: RedisServer;
let client: Redis;

beforeAll(async () => {
  server = await RedisServer.start();
  client = new Redis({ port: server.port, protocol: 2 });
});
afterAll(async () => {
  client.disconnect();
  await server.stop();
});
beforeEach(() => client.flushall());

/** A writer whose batches 1 to 3 were sent, and whose replies never came. */
async function unanswered(arrived: number): Promise<{ stream: OwnStream; spool: Spool }> {
  const stream = new OwnStream(writer, "stream", 1_000_000);
  const spool = new Spool(1_000_000);
  for (const tick of [1, 2, 3]) {
    const batch: OutgoingBatch = {
      kind: "batch",
      stream,
      tick,
      keyframe: tick === 1,
      record: Buffer.from(`record ${tick}`),
      sinceMs: 0,
    };
    spool.add(batch);
    if (tick <= arrived) await client.xadd(stream.key, `${tick}-0`, "b", batch.record);
  }
  return { stream, spool };
}

const waiting = ({ stream, spool }: { stream: OwnStream; spool: Spool }) =>
  spool.batchesOf(stream).map(({ tick }) => tick);

test("what arrived is done, the rest goes on waiting", async () => {
  const sent = await unanswered(2);
  expect(await resync(client, sent.stream, sent.spool)).toBe(false);
  expect([waiting(sent), sent.spool.dropped, sent.stream.exists]).toEqual([[3], 0, true]);
});

test("nothing is given up where the stream goes between two answers", async () => {
  const sent = await unanswered(3);
  let answers = 0;
  const vanishing = {
    xrevrangeBuffer: async (...range: Parameters<Redis["xrevrangeBuffer"]>) => {
      const newest = await client.xrevrangeBuffer(...range);
      answers += 1;
      if (answers === 1) await client.del(sent.stream.key);
      return newest;
    },
    xrangeBuffer: client.xrangeBuffer.bind(client),
  };
  await Reflect.apply(resync, undefined, [vanishing, sent.stream, sent.spool]);
  expect([waiting(sent), sent.spool.dropped, sent.stream.exists]).toEqual([[1, 2, 3], 0, false]);
});

test("what newer entries stand before is given up, and counted", async () => {
  const sent = await unanswered(0);
  await client.xadd(sent.stream.key, "2-0", "b", "of somebody else");
  await resync(client, sent.stream, sent.spool);
  expect([waiting(sent), sent.spool.dropped]).toEqual([[3], 2]);
});
