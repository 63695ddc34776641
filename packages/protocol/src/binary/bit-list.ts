import { bitLength } from "./bit-length.js";
import type { BitReader } from "./bit-reader.js";
import type { BitWriter } from "./bit-writer.js";

const countOrder = 3;
const orderBits = 4;

/** Ascending numbers below a limit: how many, an order that suits their distances, the distances. */
export function writeList(out: BitWriter, numbers: ArrayLike<number>, count: number, limit: number): void {
  out.golomb(count, countOrder);
  if (count === 0) return;
  const order = Math.min(15, Math.max(0, bitLength(Math.floor(limit / (count + 1))) - 1));
  out.bits(order, orderBits);
  out.distances(numbers, count, order);
}

/** Throws for a list that goes beyond the limit. */
export function readList(input: BitReader, limit: number): number[] {
  const count = input.golomb(countOrder);
  if (count > limit) throw new TypeError();
  const numbers: number[] = [];
  const order = count > 0 ? input.bits(orderBits) : 0;
  let before = -1;
  for (let at = 0; at < count; at += 1) {
    before += 1 + input.golomb(order);
    numbers.push(before);
  }
  if (before >= limit) throw new TypeError();
  return numbers;
}
