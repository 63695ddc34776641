import { bitLength } from "./bit-length.js";
import { copied } from "./copied.js";

/** Bytes per slot. */
export const slotBytes = 19;

/**
 * What both sides remember of each slot: how its last number was written. `values` is the number itself, which differs
 * from what scale and whole say where it was sent as it is.
 */
export class Slots {
  scales = new Uint8Array(0);
  /** Expected length in bits of the next difference; at the raw scale of the next change of bits. */
  orders = new Uint8Array(0);
  wholes = new Float64Array(0);
  corrections = new Int8Array(0);
  values = new Float64Array(0);

  grow(count: number): void {
    if (count <= this.values.length) return;
    const room = Math.max(count, this.values.length * 2);
    this.scales = copied(this.scales, new Uint8Array(room));
    this.orders = copied(this.orders, new Uint8Array(room));
    this.wholes = copied(this.wholes, new Float64Array(room));
    this.corrections = copied(this.corrections, new Int8Array(room));
    this.values = copied(this.values, new Float64Array(room));
  }
}

/** The order moves one towards the length of what came: it follows slowly, and outliers do not matter. */
export function adapted(order: number, coded: number): number {
  const further = bitLength(coded) - order;
  // Its sign, without a branch that nobody could predict.
  return order + ((further >> 31) | (-further >>> 31));
}

/** Small numbers of either sign as small numbers: 0, 1, -1, 2, -2, … */
export function zigzag(value: number): number {
  return value > 0 ? 2 * value - 1 : -2 * value;
}

export function unzigzag(value: number): number {
  // The lowest bit tells odd from even: a remainder of doubles costs more than all the rest.
  return (value & 1) === 1 ? (value + 1) / 2 : 0 - value / 2;
}

/** The order that a slot starts with at a scale, from the length of its first number. */
export function firstOrder(length: number): number {
  return Math.min(length, 8);
}

/** So many bits of a raw number are thought to change. */
export const firstRawOrder = 52;
/** So many ones begin an escape; longer prefixes have one more. */
export const escapeOnes = 4;
export const scaleBits = 6;
export const lengthBits = 6;
export const rawOrder = 1;
