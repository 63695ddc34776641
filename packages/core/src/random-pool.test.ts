import { expect, test } from "vitest";
import { RandomPool } from "./random-pool.js";

function counting() {
  let next = 0;
  const draws: number[] = [];
  const bytes = (count: number) => {
    draws.push(count);
    return Uint8Array.from({ length: count }, () => next++ % 251);
  };
  return { pool: new RandomPool({ bytes }), draws };
}

test("gives each byte once, in order, and draws seldom", () => {
  const { pool, draws } = counting();
  const given = Array.from({ length: 200 }, () => [...pool.bytes(8)]).flat();
  expect(given).toEqual(Array.from({ length: 1_600 }, (_, k) => k % 251));
  expect(draws).toEqual([1_024, 1_024]);
});

test("does not cut what is asked for: what is left of a portion is dropped", () => {
  const { pool, draws } = counting();
  pool.bytes(1_020);
  expect([...pool.bytes(8)]).toEqual(Array.from({ length: 8 }, (_, k) => (1_024 + k) % 251));
  expect(pool.bytes(5_000)).toHaveLength(5_000);
  expect(draws).toEqual([1_024, 1_024, 5_000]);
});

test("fractions are in [0, 1), and use all of it", () => {
  const of = (byte: number) =>
    new RandomPool({ bytes: (count) => new Uint8Array(count).fill(byte) }).fraction();
  expect(of(0)).toBe(0);
  expect(of(128)).toBeCloseTo(0.502, 2);
  expect(of(255)).toBeGreaterThan(0.999_999);
  expect(of(255)).toBeLessThan(1);
});
