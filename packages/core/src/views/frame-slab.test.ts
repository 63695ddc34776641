import { BitWriter } from "@metricast/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameSlab } from "./frame-slab.js";

function written(bytes: Uint8Array, moreBits = 0): BitWriter {
  const out = new BitWriter();
  out.bytes(bytes);
  if (moreBits > 0) out.bits(1, moreBits);
  return out;
}

const key = Symbol("key");
const header = Buffer.from("head");

describe("a slab", () => {
  test("keeps every frame as it was written, whatever comes after it and whatever is put ahead of it", () => {
    const frames = fc.array(fc.tuple(fc.uint8Array({ maxLength: 900 }), fc.nat({ max: 31 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(frames, (all) => {
        const slab = new FrameSlab();
        const made = all.map(([bytes, moreBits]) => {
          const out = written(bytes, moreBits);
          return { frame: slab.frame(out), wanted: Buffer.from(out.toBytes()) };
        });
        for (const { frame } of made) frame.withRoom(key, header.length)?.set(header);
        for (const { frame, wanted } of made) {
          expect(frame.binary).toBe(true);
          expect(frame.length).toBe(wanted.length);
          expect(Buffer.from(frame.bytes)).toEqual(wanted);
        }
      }),
    );
  });

  test("gives room for a header to each, and one piece with it", () => {
    const slab = new FrameSlab();
    const frames = [1, 2, 3].map((byte) => slab.frame(written(new Uint8Array(20).fill(byte))));
    const pieces = frames.map((frame) => frame.withRoom(key, 10));
    for (const piece of pieces) piece?.fill(9, 0, 10);
    expect(pieces.map((piece) => piece?.join(""))).toEqual(
      [1, 2, 3].map((byte) => "9".repeat(10) + String(byte).repeat(20)),
    );
    expect(frames[0]?.withRoom(Symbol("other"), 2)).toBeUndefined();
  });

  test("holds neighbours in one buffer, and a large frame in none but its own", () => {
    const slab = new FrameSlab();
    const [first, large, second] = [30, 600, 30].map((length) => slab.frame(written(new Uint8Array(length))));
    expect(second?.bytes.buffer).toBe(first?.bytes.buffer);
    expect(large?.bytes.buffer.byteLength).toBe(610);
    expect(new FrameSlab().frame(written(new Uint8Array(30))).bytes.buffer).not.toBe(first?.bytes.buffer);
  });
});
