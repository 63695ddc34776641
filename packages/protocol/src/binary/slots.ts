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

  /** Bytes per slot. */
  static readonly bytes = 19;

  grow(count: number): void {
    if (count <= this.values.length) return;
    const room = Math.max(count, this.values.length * 2);
    const { scales, orders, wholes, corrections, values } = this;
    this.scales = new Uint8Array(room);
    this.scales.set(scales);
    this.orders = new Uint8Array(room);
    this.orders.set(orders);
    this.wholes = new Float64Array(room);
    this.wholes.set(wholes);
    this.corrections = new Int8Array(room);
    this.corrections.set(corrections);
    this.values = new Float64Array(room);
    this.values.set(values);
  }

  /** As if it had never had a number: zero. */
  reset(slot: number): void {
    this.scales[slot] = 0;
    this.orders[slot] = 0;
    this.wholes[slot] = 0;
    this.corrections[slot] = 0;
    this.values[slot] = 0;
  }
}

/** The order moves one towards the length of what came: it follows slowly, and outliers do not matter. */
export function adapted(order: number, coded: number): number {
  if (coded >= powerOfTwo(order)) return order + 1;
  return order > 0 && coded < powerOfTwo(order - 1) ? order - 1 : order;
}

function powerOfTwo(exponent: number): number {
  return exponent < 31 ? 1 << exponent : 2 ** exponent;
}

/** Small numbers of either sign as small numbers: 0, 1, -1, 2, -2, … */
export function zigzag(value: number): number {
  return value > 0 ? 2 * value - 1 : -2 * value;
}

export function unzigzag(value: number): number {
  // Shifts where they do: a remainder of doubles costs more than all the rest.
  if (value < 0x8000_0000) return (value & 1) === 1 ? (value + 1) >>> 1 : 0 - (value >>> 1);
  return value % 2 === 1 ? (value + 1) / 2 : -value / 2;
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
