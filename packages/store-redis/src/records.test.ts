import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBatch, encodeBatch, isKeyframe } from "./batch-record.js";
import { decodeBlock, encodeBlock, memberOf, placeOf } from "./block-record.js";
import { Keys, nameOf, partitionOf, writerNamed } from "./keys.js";

const writer = { channel: "metrics", instance: "web-1", epoch: "0123456789abcdef" };
const place = { stepTicks: 60, fromTick: 120, toTick: 240, expiresMs: 1_700_000_000_000 };
const hex = (record: Uint8Array) => Buffer.from(record).toString("hex");
const text = new TextEncoder();

/** What version 1 wrote: these bytes are read for as long as there is a version that reads it. */
const batchesOfVersion1 = [
  { tick: 1_000, keyframe: true, record: "0101616263" },
  { tick: 1_000, prev: 999, keyframe: false, record: "010201616263" },
  { tick: 1_000, prev: 700, keyframe: true, record: "0103ac02616263" },
  { tick: 2 ** 40, prev: 1, keyframe: false, record: "0102ffffffffff1f616263" },
] as const;

describe("a batch's record", () => {
  test.each(batchesOfVersion1)("of version 1: $record", ({ record, ...fields }) => {
    const batch = { type: "batch", ...writer, ...fields, bytes: text.encode("abc") } as const;
    expect(hex(encodeBatch(batch))).toBe(record);
    const read = decodeBatch(writer, fields.tick, Buffer.from(record, "hex"));
    expect({ ...read, bytes: undefined }).toEqual({ ...batch, bytes: undefined });
    expect(Buffer.from(read?.bytes ?? []).toString()).toBe("abc");
    expect(isKeyframe(Buffer.from(record, "hex"))).toBe(fields.keyframe);
  });

  test("is what was written, whatever it was", () => {
    const batches = fc.record({
      tick: fc.integer({ min: 2 ** 20, max: Number.MAX_SAFE_INTEGER }),
      distance: fc.option(fc.integer({ min: 1, max: 2 ** 20 }), { nil: undefined }),
      keyframe: fc.boolean(),
      bytes: fc.uint8Array(),
    });
    fc.assert(
      fc.property(batches, ({ tick, distance, keyframe, bytes }) => {
        const prev = distance === undefined ? {} : { prev: tick - distance };
        const batch = { type: "batch", ...writer, tick, keyframe, ...prev, bytes } as const;
        const { bytes: read = [], ...fields } = decodeBatch(writer, tick, encodeBatch(batch)) ?? {};
        expect(fields).toEqual({ type: "batch", ...writer, tick, keyframe, ...prev });
        expect(hex(Buffer.from(read))).toBe(hex(bytes));
      }),
    );
  });

  test("of a later version, cut off, or of nonsense, is none", () => {
    for (const record of [
      "",
      "01",
      "0201616263",
      "0104616263",
      "0102",
      "010280",
      "010200616263",
      `0102${"ff".repeat(12)}`,
    ]) {
      const read = decodeBatch(writer, 5, Buffer.from(record, "hex"));
      if (record === "01") expect(read?.bytes).toHaveLength(0);
      else expect(read, record).toBeUndefined();
    }
    fc.assert(fc.property(fc.uint8Array(), (record) => void decodeBatch(writer, 5, record)));
  });
});

describe("a block's record", () => {
  test("of version 1 is a version and the block's bytes", () => {
    expect(hex(encodeBlock(text.encode("abc")))).toBe("01616263");
    const read = decodeBlock(writer, place, Buffer.from("01616263", "hex"));
    expect(read).toMatchObject({ type: "block", ...writer, ...place });
    expect(Buffer.from(read?.bytes ?? []).toString()).toBe("abc");
    expect(decodeBlock(writer, place, Buffer.from("02616263", "hex"))).toBeUndefined();
  });

  test("is found by its place in the index", () => {
    expect(memberOf(place)).toBe("60/120/240");
    expect(placeOf("60/120/240", place.expiresMs)).toEqual(place);
    for (const member of ["", "60", "60/240/120", "0/1/2", "1/a/3", "1/2/3/4", "-1/2/3", "1.5/2/3"]) {
      expect(placeOf(member, place.expiresMs), member).toBeUndefined();
    }
  });
});

describe("keys", () => {
  const keys = new Keys("metricast", "shop", 0);

  test("of one partition share a hash tag, and all carry the service", () => {
    const all = [
      keys.roster,
      keys.bell,
      keys.writers,
      keys.stream(writer),
      keys.blocks(writer),
      keys.block(writer, 60, 120),
    ];
    expect(all).toEqual([
      "metricast:{shop/0}:roster",
      "metricast:{shop/0}:bell",
      "metricast:{shop/0}:writers",
      "metricast:{shop/0}:stream/web-1/0123456789abcdef/metrics",
      "metricast:{shop/0}:blocks/web-1/0123456789abcdef/metrics",
      "metricast:{shop/0}:block/web-1/0123456789abcdef/metrics/60/120",
    ]);
  });

  test("name a writer both ways", () => {
    expect(writerNamed(nameOf(writer))).toEqual(writer);
    for (const name of ["", "a/b", "a//c", "a/b/c/d"]) expect(writerNamed(name), name).toBeUndefined();
  });

  test("spread instances over partitions, everywhere alike", () => {
    const counts = [0, 0, 0];
    for (let at = 0; at < 300; at += 1) {
      const partition = partitionOf(`web-${at}`, 3);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect([
      partitionOf("web-1", 3),
      partitionOf("web-2", 3),
      partitionOf("web-1", 1),
    ]).toMatchInlineSnapshot(`
      [
        2,
        1,
        0,
      ]
    `);
  });
});
