import { bitLength } from "./bit-length.js";
import type { BitWriter } from "./bit-writer.js";
import { FloatBits } from "./float-bits.js";
import { fromWhole, isCorrected, rawScale } from "./scale.js";
import { type SeriesStates, wireState } from "./series-states.js";
import { scaleBits, zigzag } from "./slots.js";
import { causeBits, lengthOrder, orderOrder } from "./state-codes.js";

/** Writes all that is remembered of series, so that a reader who has nothing can go on. */
export class StateWriter {
  readonly #series: SeriesStates;
  readonly #float = new FloatBits();
  /** Of the slot before: neighbours are alike. */
  #scale = 0;
  #order = 0;
  #length = 0;

  constructor(series: SeriesStates) {
    this.#series = series;
  }

  write(out: BitWriter, members: readonly number[]): void {
    const { firstSlots, widths } = this.#series;
    this.#scale = 0;
    this.#order = 0;
    this.#length = 0;
    for (const index of members) {
      this.writeStateOf(out, index);
      this.#writeExpected(out, this.#series.expectations.get(index));
      const first = firstSlots[index] ?? 0;
      const end = first + (widths[index] ?? 1);
      for (let slot = first; slot < end; slot += 1) this.#writeSlot(out, slot);
    }
  }

  /** Live, absent, or stale with its cause. */
  writeStateOf(out: BitWriter, index: number): void {
    const state = this.#series.states[index] ?? wireState.absent;
    out.bits(state === wireState.live ? 1 : 0, 1);
    if (state === wireState.live) return;
    out.bits(state === wireState.stale ? 1 : 0, 1);
    if (state === wireState.stale) out.bits(this.#series.causes[index] ?? 0, causeBits);
  }

  /** 0 and 3 are what most series have. */
  #writeExpected(out: BitWriter, expected: number): void {
    if (expected === 0) out.bits(0, 1);
    else if (expected === 3) out.bits(0b11, 2);
    else out.bits(0b100 | (expected - 1), 3);
  }

  #writeSlot(out: BitWriter, slot: number): void {
    const { scales, orders, wholes, corrections, values } = this.#series.slots;
    const scale = scales[slot] ?? 0;
    const order = orders[slot] ?? 0;
    const whole = wholes[slot] ?? 0;
    const value = values[slot] ?? 0;
    const isFresh = scale === 0 && order === 0 && whole === 0 && Object.is(value, 0);
    out.bits(isFresh ? 0 : 1, 1);
    if (isFresh) return;
    out.bits(scale === this.#scale ? 0 : 1, 1);
    if (scale !== this.#scale) out.bits(scale, scaleBits);
    out.golomb(zigzag(order - this.#order), orderOrder);
    this.#scale = scale;
    this.#order = order;
    if (scale === rawScale) this.#writeBits(out, value);
    else this.#writeWhole(out, whole, corrections[slot] ?? 0, scale, value);
  }

  #writeWhole(out: BitWriter, whole: number, correction: number, scale: number, value: number): void {
    const coded = zigzag(whole);
    const length = bitLength(coded);
    out.golomb(zigzag(length - this.#length), lengthOrder);
    out.wide(coded, length);
    this.#length = length;
    const near = fromWhole(whole, scale);
    if (isCorrected(scale)) out.golomb(zigzag(correction), 0);
    const isWhole = Object.is(value, correction === 0 ? near : this.#float.shifted(near, correction));
    out.bits(isWhole ? 0 : 1, 1);
    if (!isWhole) this.#writeBits(out, value);
  }

  #writeBits(out: BitWriter, value: number): void {
    this.#float.split(value);
    out.bits(this.#float.high, 32);
    out.bits(this.#float.low, 32);
  }
}
