import type { BitReader } from "./bit-reader.js";
import { FloatBits } from "./float-bits.js";
import { correctedScales, fromWhole, isCorrected, rawScale, type Scale } from "./scale.js";
import {
  adapted,
  escapeOnes,
  firstOrder,
  firstRawOrder,
  lengthBits,
  rawOrder,
  type Slots,
  scaleBits,
  unzigzag,
} from "./slots.js";

/** Reads slots' next numbers, as `NumberWriter` writes them. */
export class NumberReader {
  readonly #slots: Slots;
  readonly #float = new FloatBits();

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  read(input: BitReader, slot: number, mayStay: boolean): number {
    const { scales, orders, wholes, values } = this.#slots;
    const scale = scales[slot] ?? 0;
    const order = orders[slot] ?? 0;
    const isRaw = scale === rawScale;
    const coded = input.golombOrEscape(isRaw ? rawOrder : order, escapeOnes);
    let value: number;
    if (coded < 0) value = input.bits(1) === 1 ? this.literal(input) : this.absolute(input, slot);
    else if (isRaw) value = this.#raw(input, slot, order + unzigzag(coded));
    else {
      const isExact = scale < correctedScales;
      const whole = (wholes[slot] ?? 0) + unzigzag(mayStay || !isExact ? coded : coded + 1);
      orders[slot] = adapted(order, coded);
      wholes[slot] = whole;
      // Nearly all numbers are exact: what another function returns has a box around it.
      value = isExact ? fromWhole(whole, scale) : this.#scaled(input, slot, scale);
    }
    values[slot] = value;
    return value;
  }

  absolute(input: BitReader, slot: number): number {
    const { scales, orders } = this.#slots;
    const scale = input.bits(scaleBits);
    scales[slot] = scale;
    orders[slot] = firstRawOrder;
    if (scale === rawScale) return this.literal(input);
    const length = input.bits(lengthBits);
    orders[slot] = firstOrder(length);
    return this.whole(input, slot, length);
  }

  /** A number at the slot's scale, from a whole number of so many bits. */
  whole(input: BitReader, slot: number, length: number): number {
    const { scales, wholes, corrections } = this.#slots;
    wholes[slot] = unzigzag(input.wide(length));
    corrections[slot] = 0;
    return this.#scaled(input, slot, scales[slot] ?? 0);
  }

  literal(input: BitReader): number {
    return this.#float.join(input.bits(32), input.bits(32));
  }

  /** The number that a slot's whole number stands for; a correction follows in the bits. */
  #scaled(input: BitReader, slot: number, scale: Scale): number {
    const { wholes, corrections } = this.#slots;
    const value = fromWhole(wholes[slot] ?? 0, scale);
    if (!isCorrected(scale)) return value;
    const steps = (corrections[slot] ?? 0) + unzigzag(input.golomb(0));
    corrections[slot] = steps;
    return steps === 0 ? value : this.#float.shifted(value, steps);
  }

  /** The lowest bits change, so many of them. */
  #raw(input: BitReader, slot: number, length: number): number {
    const { values, orders } = this.#slots;
    const float = this.#float;
    orders[slot] = length;
    const high = changes(input, length - 32);
    const low = length > 32 ? input.bits(32) : changes(input, length);
    float.split(values[slot] ?? 0);
    return float.join(float.high ^ high, float.low ^ low);
  }
}

/** Of so many bits the highest one surely changes, and is left out. */
function changes(input: BitReader, length: number): number {
  return length > 0 ? input.wide(length - 1) | (1 << (length - 1)) : 0;
}
