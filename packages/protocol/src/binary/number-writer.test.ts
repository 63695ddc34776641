import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BitReader } from "./bit-reader.js";
import { BitWriter } from "./bit-writer.js";
import { NumberReader } from "./number-reader.js";
import { NumberWriter } from "./number-writer.js";
import { Slots } from "./slots.js";
import { chanceOf, streamNames, streamOf } from "./testing/number-streams.js";

function slots(): Slots {
  const made = new Slots();
  made.grow(1);
  return made;
}

/** Writes and reads one slot's numbers; fails where anything differs on the two sides. Gives the bits of all. */
function passThrough(numbers: readonly number[], mayStay: boolean): number {
  const [ours, theirs] = [slots(), slots()];
  const writer = new NumberWriter(ours);
  const out = new BitWriter();
  for (const number of numbers) writer.write(out, 0, number, mayStay);
  const wanted = { ...ours };
  const input = new BitReader(out.toBytes());
  const reader = new NumberReader(theirs);
  numbers.forEach((number, at) => {
    const got = reader.read(input, 0, mayStay);
    if (!Object.is(got, number)) expect(got, `number ${at} after ${numbers[at - 1]}`).toBe(number);
  });
  expect(input.at).toBe(out.bitLength);
  expect({ ...theirs }).toStrictEqual(wanted);
  return out.bitLength;
}

const cases = streamNames.flatMap((name) => [true, false].map((mayStay) => [name, mayStay] as const));

describe("numbers of one slot", () => {
  test.each(cases)("%s are exact, and both sides remember the same; may stay: %s", (name, mayStay) => {
    const take = streamOf(name, chanceOf(11));
    passThrough(Array.from({ length: 3_000 }, take), mayStay);
  });

  test("are exact whatever follows whatever", () => {
    const decimal = fc
      .tuple(fc.integer(), fc.integer({ min: 0, max: 15 }))
      .map(([digits, places]) => digits / 10 ** places);
    const sum = fc.tuple(decimal, decimal).map(([a, b]) => a + b);
    const multiple = fc
      .tuple(fc.integer(), fc.constantFrom(1_000, 1_024, 4_096))
      .map(([count, unit]) => count * unit);
    const special = fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0, Number.MIN_VALUE, 2 ** 53, 1e308);
    const number = fc.oneof(fc.double(), fc.maxSafeInteger(), decimal, sum, multiple, special);
    fc.assert(
      fc.property(fc.array(number, { maxLength: 40 }), fc.boolean(), (numbers, mayStay) => {
        passThrough(numbers, mayStay);
      }),
      { numRuns: 5_000 },
    );
  });

  test("are exact around every power of two and of ten, from both sides", () => {
    const edges = Array.from({ length: 110 }, (_, k) => 2 ** (k - 55)).concat(
      Array.from({ length: 44 }, (_, k) => 10 ** (k - 22)),
    );
    const around = edges.flatMap((edge) => [
      edge - 1,
      edge,
      edge + 1,
      -edge,
      edge * 1.5,
      edge * (1 + 2 ** -52),
    ]);
    passThrough(around, false);
    passThrough([...around].reverse(), true);
    // Far apart: from any one to the next the longest differences there are.
    passThrough(
      around.map((_, k) => around[(k * 397) % around.length] ?? 0),
      false,
    );
  });

  test("take every NaN for the same", () => {
    const odd = new Float64Array(new Uint32Array([5, 0xfff8_0001]).buffer)[0] ?? 0;
    const bytesOf = (nan: number) => {
      const out = new BitWriter();
      const writer = new NumberWriter(slots());
      // Alone, among numbers written by their bits, and what follows it.
      for (const number of [nan, 1 / 3, 1 / 7, 1 / 9, nan, 1 / 11, nan]) writer.write(out, 0, number, false);
      return [...out.toBytes()];
    };
    expect(odd).toBeNaN();
    expect(bytesOf(odd)).toEqual(bytesOf(Number.NaN));
  });

  test.each([
    ["counter", 5.5],
    ["counter of seconds", 12.5],
    ["percentage", 16.5],
    ["kibibytes", 23],
    ["sum that drifts", 26],
    ["sum of full precision", 60],
  ])("of a %s take at most %f bits each", (name, most) => {
    const all = Array.from({ length: 3_000 }, streamOf(name, chanceOf(12)));
    const numbers = all.filter((number, k) => number !== all[k - 1]);
    expect(passThrough(numbers, false) / numbers.length).toBeLessThan(most);
  });
});
