import { bitLength } from "./bit-length.js";
import { type BitWriter, prefixOf, shortPrefix } from "./bit-writer.js";
import { FloatBits } from "./float-bits.js";
import {
  correctedScales,
  correctionOf,
  fits,
  fromWhole,
  isCorrected,
  isNear,
  nearestWhole,
  rawScale,
  type Scale,
  scaleOf,
  shortScaleOf,
  toNearestWhole,
  toWhole,
} from "./scale.js";
import {
  adapted,
  escapeOnes,
  firstOrder,
  firstRawOrder,
  lengthBits,
  rawOrder,
  type Slots,
  scaleBits,
  zigzag,
} from "./slots.js";

/** Differences with longer prefixes are cheaper as numbers of their own. */
const maxPrefix = 20;
/** Above this it is worth a look whether another scale is shorter. */
const dearBits = 24;
/** Differences of a size that shifts can do. */
const maxSmall = 2 ** 24;
const escapeBits = escapeOnes + 2;

/** Writes slots' next numbers, as differences where that is shorter. The way is the writer's choice, the reader follows. */
export class NumberWriter {
  readonly #slots: Slots;
  readonly #float = new FloatBits();

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  /** `mayStay`: whether the number may be the slot's last one again. */
  write(out: BitWriter, slot: number, value: number, mayStay: boolean): void {
    const { scales, orders, wholes, values } = this.#slots;
    const scale = scales[slot] ?? 0;
    // Nearly all numbers are whole at an exact scale and near the last: for them nothing is called that takes a double.
    if (scale < correctedScales) {
      const whole = toWhole(value, scale);
      const difference = whole - (wholes[slot] ?? 0);
      const small = difference | 0;
      if (small === difference && (small !== 0 || mayStay) && small < maxSmall && small > -maxSmall) {
        // As `zigzag`, without a branch that nobody could predict.
        const coded = ((-small << 1) ^ (-small >> 31)) - (mayStay ? 0 : 1);
        const order = orders[slot] ?? 0;
        const prefix = shortPrefix(coded, order);
        if (2 * prefix + 1 + order <= dearBits) {
          out.short(coded, order, prefix, prefix < escapeOnes ? prefix : prefix + 1);
          orders[slot] = adapted(order, coded);
          wholes[slot] = whole;
          values[slot] = value;
          return;
        }
      }
    }
    this.#writeAny(out, slot, scale, value, mayStay);
    values[slot] = value;
  }

  #writeAny(out: BitWriter, slot: number, scale: Scale, value: number, mayStay: boolean): void {
    if (scale === rawScale) this.#writeRaw(out, slot, value);
    else if (isCorrected(scale)) this.#writeCorrected(out, slot, scale, value);
    else this.#writeExact(out, slot, scale, value, mayStay);
  }

  /** A number that needs nothing before it. */
  absolute(out: BitWriter, slot: number, value: number, scale: Scale): void {
    const slots = this.#slots;
    slots.scales[slot] = scale;
    slots.values[slot] = value;
    out.bits(scale, scaleBits);
    if (scale === rawScale) {
      this.#writeBits(out, value);
      slots.orders[slot] = firstRawOrder;
      return;
    }
    const whole = isCorrected(scale) ? nearestWhole(value, scale) : toWhole(value, scale);
    const coded = zigzag(whole);
    const length = bitLength(coded);
    out.bits(length, lengthBits);
    out.wide(coded, length);
    slots.wholes[slot] = whole;
    slots.orders[slot] = firstOrder(length);
    slots.corrections[slot] = 0;
    if (isCorrected(scale)) this.#writeCorrection(out, slot, correctionOf(value, whole, scale, this.#float));
  }

  #writeExact(out: BitWriter, slot: number, scale: Scale, value: number, mayStay: boolean): void {
    const slots = this.#slots;
    const whole = toWhole(value, scale);
    if (Number.isNaN(whole)) return this.#escape(out, slot, value);
    const difference = whole - (slots.wholes[slot] ?? 0);
    // After a number that was sent as it is.
    if (difference === 0 && !mayStay) return this.#literal(out, value);
    const coded = mayStay ? zigzag(difference) : zigzag(difference) - 1;
    if (this.#writeStep(out, slot, coded, value)) slots.wholes[slot] = whole;
  }

  #writeCorrected(out: BitWriter, slot: number, scale: Scale, value: number): void {
    const slots = this.#slots;
    const whole = nearestWhole(value, scale);
    const correction = correctionOf(value, whole, scale, this.#float);
    if (Number.isNaN(whole) || !isNear(correction)) return this.#escape(out, slot, value);
    if (!this.#writeStep(out, slot, zigzag(whole - (slots.wholes[slot] ?? 0)), value)) return;
    slots.wholes[slot] = whole;
    this.#writeCorrection(out, slot, correction);
  }

  /** False where it wrote the number anew instead. */
  #writeStep(out: BitWriter, slot: number, coded: number, value: number): boolean {
    const { orders, scales } = this.#slots;
    const order = orders[slot] ?? 0;
    const prefix = prefixOf(coded, order);
    const cost = 2 * prefix + 1 + order;
    if (prefix > maxPrefix || (cost > dearBits && this.#mayBeShorter(slot, value))) {
      const scale = scaleOf(value, this.#float) ?? rawScale;
      if (prefix > maxPrefix || (scale !== scales[slot] && this.#costOf(value, scale) < cost)) {
        this.#rescale(out, slot, value, scale);
        return false;
      }
    }
    out.prefixed(coded, order, prefix, prefix < escapeOnes ? prefix : prefix + 1);
    orders[slot] = adapted(order, coded);
    return true;
  }

  /** Whether the number looks as if it needed fewer digits than its slot has. */
  #mayBeShorter(slot: number, value: number): boolean {
    const scale = this.#slots.scales[slot] ?? 0;
    if (scale === 0) return isMultiple(value, 1_024);
    return !isCorrected(scale) && isMultiple(toWhole(value, scale), 100);
  }

  #costOf(value: number, scale: Scale): number {
    const least = escapeBits + scaleBits;
    if (scale === rawScale) return least + 64;
    return least + lengthBits + bitLength(zigzag(toNearestWhole(value, scale, this.#float)));
  }

  #escape(out: BitWriter, slot: number, value: number): void {
    const { scales, wholes, values, corrections } = this.#slots;
    const scale = scaleOf(value, this.#float);
    if (scale === undefined) return this.#literal(out, value);
    const current = scales[slot] ?? 0;
    if (scale !== rawScale) {
      // A sum that drifts off its decimals keeps their number.
      const drifted = (current & 15) | 32;
      const stays = isCorrected(scale) && current < 16 && fits(value, drifted, this.#float);
      return this.#rescale(out, slot, value, stays ? drifted : scale);
    }
    // One number that has no short form may be alone; a second one is not.
    const wasWhole =
      corrections[slot] !== 0 || Object.is(values[slot], fromWhole(wholes[slot] ?? 0, current));
    if (wasWhole) this.#literal(out, value);
    else this.#rescale(out, slot, value, rawScale);
  }

  #rescale(out: BitWriter, slot: number, value: number, scale: Scale): void {
    out.bits((2 ** escapeOnes - 1) << 2, escapeBits);
    this.absolute(out, slot, value, scale);
  }

  #literal(out: BitWriter, value: number): void {
    out.bits(((2 ** escapeOnes - 1) << 2) | 1, escapeBits);
    this.#writeBits(out, value);
  }

  #writeCorrection(out: BitWriter, slot: number, correction: number): void {
    const { corrections } = this.#slots;
    out.golomb(zigzag(correction - (corrections[slot] ?? 0)), 0);
    corrections[slot] = correction;
  }

  /** The bits that differ from those of the number before. */
  #writeRaw(out: BitWriter, slot: number, value: number): void {
    const scale = shortScaleOf(value);
    if (scale !== undefined) return this.#rescale(out, slot, value, scale);
    const { values, orders } = this.#slots;
    const float = this.#float;
    float.split(values[slot] ?? 0);
    const { high, low } = float;
    float.split(value);
    const highChange = (float.high ^ high) >>> 0;
    const lowChange = (float.low ^ low) >>> 0;
    const length = highChange === 0 ? bitLength(lowChange) : 32 + bitLength(highChange);
    const coded = zigzag(length - (orders[slot] ?? 0));
    const prefix = prefixOf(coded, rawOrder);
    out.prefixed(coded, rawOrder, prefix, prefix < escapeOnes ? prefix : prefix + 1);
    orders[slot] = length;
    // The highest bit of the change is known to be one.
    if (length > 33) out.bits(highChange & ((1 << (length - 33)) - 1), length - 33);
    if (length > 32) out.bits(lowChange, 32);
    else if (length > 1) out.bits(lowChange & ((1 << (length - 1)) - 1), length - 1);
  }

  #writeBits(out: BitWriter, value: number): void {
    this.#float.split(value);
    out.bits(this.#float.high, 32);
    out.bits(this.#float.low, 32);
  }
}

/** Without a remainder of doubles, which costs more than all the rest. */
function isMultiple(value: number, of: number): boolean {
  return Math.floor(value / of) * of === value;
}
