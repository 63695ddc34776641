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
    const coded = input.golombOrEscape(scale === rawScale ? rawOrder : order, escapeOnes);
    // Nearly all numbers are differences at an exact scale.
    if (coded < 0 || scale >= correctedScales) {
      const value = coded < 0 ? this.#escaped(input, slot) : this.#uncommon(input, slot, scale, coded);
      values[slot] = value;
      return value;
    }
    const whole = (wholes[slot] ?? 0) + unzigzag(mayStay ? coded : coded + 1);
    const value = fromWhole(whole, scale);
    orders[slot] = adapted(order, coded);
    wholes[slot] = whole;
    values[slot] = value;
    return value;
  }

  absolute(input: BitReader, slot: number): number {
    const slots = this.#slots;
    const scale = input.bits(scaleBits);
    slots.scales[slot] = scale;
    if (scale === rawScale) {
      slots.orders[slot] = firstRawOrder;
      return this.literal(input);
    }
    const length = input.bits(lengthBits);
    slots.orders[slot] = firstOrder(length);
    slots.corrections[slot] = 0;
    slots.wholes[slot] = unzigzag(input.wide(length));
    return this.fromWhole(input, slot, scale);
  }

  literal(input: BitReader): number {
    return this.#float.join(input.bits(32), input.bits(32));
  }

  #escaped(input: BitReader, slot: number): number {
    return input.bits(1) === 1 ? this.literal(input) : this.absolute(input, slot);
  }

  #uncommon(input: BitReader, slot: number, scale: Scale, coded: number): number {
    const { orders, wholes } = this.#slots;
    const order = orders[slot] ?? 0;
    if (scale === rawScale) return this.#raw(input, slot, order + unzigzag(coded));
    orders[slot] = adapted(order, coded);
    wholes[slot] = (wholes[slot] ?? 0) + unzigzag(coded);
    return this.fromWhole(input, slot, scale);
  }

  /** The number that a slot's whole number stands for; a correction follows in the bits. */
  fromWhole(input: BitReader, slot: number, scale: Scale): number {
    const { wholes, corrections } = this.#slots;
    const value = fromWhole(wholes[slot] ?? 0, scale);
    if (!isCorrected(scale)) return value;
    const steps = (corrections[slot] ?? 0) + unzigzag(input.golomb(0));
    corrections[slot] = steps;
    return steps === 0 ? value : this.#float.shifted(value, steps);
  }

  #raw(input: BitReader, slot: number, length: number): number {
    const { values, orders } = this.#slots;
    const float = this.#float;
    orders[slot] = length;
    let high = 0;
    let low = 0;
    if (length > 32) high = length > 33 ? input.bits(length - 33) | (1 << (length - 33)) : 1;
    if (length > 32) low = input.bits(32);
    else if (length > 0) low = length > 1 ? input.bits(length - 1) | (1 << (length - 1)) : 1;
    float.split(values[slot] ?? 0);
    return float.join(float.high ^ high, float.low ^ low);
  }
}
