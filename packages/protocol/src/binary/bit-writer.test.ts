import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bitLength } from "./bit-length.js";
import { BitReader } from "./bit-reader.js";
import { BitWriter, prefixOf, shortPrefix } from "./bit-writer.js";

/** Something to write, and to read again. */
interface Piece {
  readonly write: (out: BitWriter) => void;
  readonly read: (input: BitReader) => unknown;
  readonly value: unknown;
}

/** A whole number of any length up to so many bits. */
const whole = (maxBits: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: maxBits }), fc.maxSafeNat())
    .map(([bits, value]) => (bits === 0 ? 0 : 2 ** (bits - 1) + (value % 2 ** (bits - 1))));

const bits: fc.Arbitrary<Piece> = fc
  .integer({ min: 1, max: 32 })
  .chain((count) => fc.tuple(fc.constant(count), fc.integer({ min: 0, max: 2 ** count - 1 })))
  .map(([count, value]) => ({
    value,
    write: (out) => out.bits(value, count),
    read: (input) => input.bits(count),
  }));

const wide: fc.Arbitrary<Piece> = fc
  .tuple(whole(53), fc.integer({ min: 0, max: 53 }))
  .map(([value, more]) => [value, Math.max(bitLength(value), more)] as const)
  .map(([value, count]) => ({
    value,
    write: (out) => out.wide(value, count),
    read: (input) => input.wide(count),
  }));

/** No code has a prefix of more than 31 ones; orders reach as far as the numbers do. */
const coded = fc
  .tuple(whole(53), fc.integer({ min: 0, max: 53 }))
  .filter(([value, order]) => prefixOf(value, order) < 31);

const golomb: fc.Arbitrary<Piece> = coded.map(([value, order]) => ({
  value,
  write: (out) => out.golomb(value, order),
  read: (input) => input.golomb(order),
}));

const escaping: fc.Arbitrary<Piece> = fc
  .tuple(coded, fc.constantFrom(1, 4))
  .map(([[value, order], escapeOnes]) => {
    const prefix = prefixOf(value, order);
    return {
      value,
      write: (out) => out.prefixed(value, order, prefix, prefix < escapeOnes ? prefix : prefix + 1),
      read: (input) => input.golombOrEscape(order, escapeOnes),
    };
  });

const escaped: fc.Arbitrary<Piece> = fc.constantFrom(1, 4).map((ones) => ({
  value: -1,
  write: (out) => out.bits(2 ** (ones + 1) - 2, ones + 1),
  read: (input) => input.golombOrEscape(5, ones),
}));

const varint: fc.Arbitrary<Piece> = whole(53).map((value) => ({
  value,
  write: (out) => out.varint(value),
  read: (input) => input.varint(),
}));

const pieces = fc.array(fc.oneof(bits, wide, golomb, escaping, escaped, varint), { maxLength: 60 });

describe("bits", () => {
  test("are read as they were written, whatever follows whatever", () => {
    const out = new BitWriter();
    fc.assert(
      fc.property(pieces, (list) => {
        out.clear();
        const ends = list.map((piece) => {
          piece.write(out);
          return out.bitLength;
        });
        const input = new BitReader(out.toBytes());
        for (const [at, piece] of list.entries()) {
          expect(piece.read(input)).toBe(piece.value);
          expect(input.at).toBe(ends[at]);
        }
        expect(input.isOver).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test("stand the most significant first, and zeros fill the last byte", () => {
    const out = new BitWriter();
    out.bits(1, 1);
    out.bits(0b0110, 4);
    expect([...out.toBytes()]).toEqual([0b1011_0000]);
    out.bits(0xffff_ffff, 32);
    expect([...out.toBytes()]).toEqual([0b1011_0111, 255, 255, 255, 0b1111_1000]);
  });

  test("of Exp-Golomb are as the page has them", () => {
    const text = (value: number, order: number) => {
      const out = new BitWriter();
      out.golomb(value, order);
      const input = new BitReader(out.toBytes());
      return Array.from({ length: out.bitLength }, () => input.bits(1)).join("");
    };
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((value) => text(value, 0))).toEqual([
      "0",
      "100",
      "101",
      "11000",
      "11001",
      "11010",
      "11011",
      "1110000",
    ]);
    expect([0, 1, 2, 3, 6, 7].map((value) => text(value, 1))).toEqual([
      "00",
      "01",
      "1000",
      "1001",
      "110000",
      "110001",
    ]);
  });

  test("go on after their bytes were taken, and begin anew in the same buffer", () => {
    const out = new BitWriter();
    const long = Array.from({ length: 3_000 }, (_, k) => k % 251);
    for (const byte of long) {
      out.bits(byte, 8);
      if (byte === 250) out.toBytes();
    }
    expect([...out.toBytes()]).toEqual(long);
    out.clear();
    out.bits(5, 3);
    expect([...out.toBytes()]).toEqual([0b1010_0000]);
    expect(out.bitLength).toBe(3);
  });

  test("are copied from any place to any other", () => {
    const source = new BitWriter();
    const length = 200;
    for (let k = 0; k < length; k += 1) source.bits((k * k + (k >> 3)) % 3 === 0 ? 1 : 0, 1);
    source.settle();
    const all = bitsOf(source.toBytes(), length);
    for (let before = 0; before < 33; before += 1) {
      for (let from = 0; from < 70; from += 1) {
        for (const count of [0, 1, 7, 31, 32, 33, 63, 64, 65, 129]) {
          const out = new BitWriter();
          for (let k = 0; k < before; k += 1) out.bits(k % 2, 1);
          out.copy(source, from, from + count);
          out.bits(0b101, 3);
          const got = bitsOf(out.toBytes(), out.bitLength);
          const ones = Array.from({ length: before }, (_, k) => k % 2).join("");
          if (got !== `${ones}${all.slice(from, from + count)}101`) expect.fail(`${before} ${from} ${count}`);
        }
      }
    }
  });

  test("are put into a buffer at a place, and nothing beside them", () => {
    for (let count = 0; count < 100; count += 1) {
      const out = new BitWriter();
      for (let k = 0; k < count; k += 1) out.bits(k % 3 === 0 ? 1 : 0, 1);
      const target = Buffer.alloc(40, 0xee);
      out.copyTo(new DataView(target.buffer, target.byteOffset, target.length), 5);
      const wanted = Buffer.alloc(40, 0xee);
      wanted.set(out.toBytes(), 5);
      expect(out.byteLength).toBe(out.toBytes().length);
      expect(target.equals(wanted)).toBe(true);
    }
  });

  test("behind the end are zeros, and known to be none", () => {
    const input = new BitReader(Uint8Array.of(0xff));
    expect(input.bits(12)).toBe(0xff0);
    expect(input.isOver).toBe(true);
    expect(input.bits(32)).toBe(0);
    expect(input.golomb(0)).toBe(0);
    expect(new BitReader(Uint8Array.of(1, 2, 3)).bytes(7)).toHaveLength(3);
  });
});

test("the length of a number and the ones of its code", () => {
  fc.assert(
    fc.property(whole(53), fc.integer({ min: 0, max: 52 }), (value, order) => {
      expect(bitLength(value)).toBe(value === 0 ? 0 : value.toString(2).length);
      const group = BigInt(value) / 2n ** BigInt(order) + 1n;
      expect(prefixOf(value, order)).toBe(group.toString(2).length - 1);
      if (value < 2 ** 31 - 1 && order < 31) expect(shortPrefix(value, order)).toBe(prefixOf(value, order));
    }),
  );
});

function bitsOf(bytes: Uint8Array, count: number): string {
  return [...bytes]
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("")
    .slice(0, count);
}
