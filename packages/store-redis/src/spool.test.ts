import { describe, expect, test } from "vitest";
import type { OutgoingBatch } from "./outgoing.js";
import { OwnStream } from "./own-stream.js";
import { Spool } from "./spool.js";

const writer = { channel: "metrics", instance: "a", epoch: "000000000000000a" };
const stream = new OwnStream(writer, "key", 1_000_000);

function batch(tick: number, keyframe = false, size = 840): OutgoingBatch {
  return { kind: "batch", stream, tick, keyframe, record: Buffer.alloc(size), sinceMs: tick };
}

function block(size = 840) {
  return {
    kind: "block",
    writer,
    member: "1/0/1",
    key: "k",
    expiresMs: 1,
    record: Buffer.alloc(size),
    sinceMs: 0,
  } as const;
}

const ticks = (spool: Spool) => spool.batchesOf(stream).map(({ tick }) => tick);

describe("what waits to be written", () => {
  test("comes out in the order it came, by count and by bytes", () => {
    const spool = new Spool(100_000);
    for (let tick = 1; tick <= 10; tick += 1) spool.add(batch(tick));
    expect(spool.head(3, 1e9)).toHaveLength(3);
    expect(spool.head(100, 2_000)).toHaveLength(2);
    spool.settle(spool.head(4, 1e9));
    expect(ticks(spool)).toEqual([5, 6, 7, 8, 9, 10]);
    expect([spool.bytes, spool.dropped, spool.oldestMs]).toEqual([6_000, 0, 5]);
  });

  test("is bounded: exactly full stays, one past drops the oldest, counted", () => {
    const spool = new Spool(3_000);
    for (const tick of [1, 2, 3]) spool.add(batch(tick));
    expect([spool.bytes, spool.dropped]).toEqual([3_000, 0]);
    spool.add(batch(4));
    expect([ticks(spool), spool.dropped]).toEqual([[2, 3, 4], 1]);
  });

  test("goes on with a keyframe where there is one: what nobody could decode goes, too", () => {
    const spool = new Spool(5_000);
    for (const tick of [1, 2, 3]) spool.add(batch(tick, tick === 1));
    spool.add(batch(4, true));
    spool.add(batch(5));
    spool.add(batch(6));
    expect([ticks(spool), spool.dropped]).toEqual([[4, 5, 6], 3]);
  });

  test("may be blocks; one that never fits goes at once", () => {
    const spool = new Spool(2_000);
    spool.add(batch(1));
    spool.add(block());
    spool.add(block(10_000));
    expect([spool.isEmpty, spool.bytes, spool.dropped]).toEqual([true, 0, 3]);
  });

  test("what is written again goes before the rest", () => {
    const spool = new Spool(10_000);
    spool.add(batch(3));
    spool.addFirst([batch(1), batch(2)]);
    expect(ticks(spool)).toEqual([1, 2, 3]);
    spool.discard([...spool.head(1, 1e9)]);
    expect([ticks(spool), spool.dropped]).toEqual([[2, 3], 1]);
  });
});

describe("what was written", () => {
  test("is remembered for two segments, and within its bytes", () => {
    const own = new OwnStream(writer, "key", 100_000);
    for (let tick = 1; tick <= 300; tick += 1) own.written(batch(tick, false, 100));
    expect(own.writtenAfter(undefined).map(({ tick }) => tick)).toEqual(
      Array.from({ length: 240 }, (_, at) => 61 + at),
    );
    expect(own.writtenAfter(298).map(({ tick }) => tick)).toEqual([299, 300]);
    own.written(batch(301, false, 90_000));
    expect(own.writtenAfter(undefined).length).toBeLessThan(110);
  });

  test("is a tick once", () => {
    const own = new OwnStream(writer, "key", 100_000);
    expect([1, 2, 2, 1, 3].map((tick) => own.takes(tick))).toEqual([true, true, false, false, true]);
  });
});
