import { bitLength } from "./bit-length.js";
import type { BitWriter } from "./bit-writer.js";
import { columnModes, modeBits, runOrderBits, startOrderBits } from "./column-codes.js";
import { FloatBits } from "./float-bits.js";
import { NumberWriter } from "./number-writer.js";
import {
  correctedScales,
  fits,
  isCorrected,
  rawScale,
  type Scale,
  scaleOf,
  toNearestWhole,
} from "./scale.js";
import { Slots, zigzag } from "./slots.js";

/** Of more than one number in so many that stays, runs are shorter than a number for each. */
const stayingShare = 1 / 4;

/** Writes columns of numbers, each self-contained, exact for every double but for the payload of a NaN. */
export class ColumnWriter {
  readonly #slots = new Slots();
  readonly #numbers = new NumberWriter(this.#slots);
  readonly #float = new FloatBits();

  constructor() {
    this.#slots.grow(1);
  }

  /** The first `count` of the values; none is none. The reader has to know how many there are. */
  write(out: BitWriter, values: Float64Array, count: number): void {
    if (count === 0) return;
    const first = values[0] ?? Number.NaN;
    const staying = countStaying(values, count);
    if (staying === count - 1) {
      out.bits(columnModes.constant, modeBits);
      this.#numbers.absolute(out, 0, first, scaleOf(first, this.#float) ?? rawScale);
      return;
    }
    const scale = this.#scaleOf(values, count);
    const inRuns = staying > count * stayingShare;
    out.bits(inRuns ? columnModes.runs : columnModes.dense, modeBits);
    this.#numbers.absolute(out, 0, first, fits(first, scale, this.#float) ? scale : rawScale);
    this.#writeOrder(out, values, count, scale);
    if (inRuns) this.#writeRuns(out, values, count, staying);
    else for (let k = 1; k < count; k += 1) this.#numbers.write(out, 0, values[k] ?? Number.NaN, true);
  }

  #writeRuns(out: BitWriter, values: Float64Array, count: number, staying: number): void {
    const meanRun = staying / (count - staying);
    const order = Math.min(7, Math.max(0, bitLength(Math.floor(meanRun)) - 1));
    out.bits(order, runOrderBits);
    let known = 0;
    for (let k = 1; known < count - 1; k += 1) {
      while (k < count && Object.is(values[k], values[known])) k += 1;
      out.golomb(k - known - 1, order);
      if (k < count) this.#numbers.write(out, 0, values[k] ?? Number.NaN, false);
      known = k;
    }
  }

  /** The length that differences of the column have, so that the first ones are not written at a loss. */
  #writeOrder(out: BitWriter, values: Float64Array, count: number, scale: Scale): void {
    let lengths = 0;
    let changes = 0;
    let before = this.#wholeOf(values[0] ?? Number.NaN, scale);
    for (let k = 1; k < count && scale !== rawScale; k += 1) {
      const whole = this.#wholeOf(values[k] ?? Number.NaN, scale);
      if (Number.isNaN(whole) || whole === before) continue;
      if (!Number.isNaN(before)) lengths += bitLength(zigzag(whole - before));
      changes += 1;
      before = whole;
    }
    // At the raw scale the order is the length of the last change.
    if (this.#slots.scales[0] === rawScale) return;
    const order = Math.round(lengths / Math.max(1, changes));
    out.bits(order, startOrderBits);
    this.#slots.orders[0] = order;
  }

  #wholeOf(value: number, scale: Scale): number {
    return toNearestWhole(value, scale, this.#float);
  }

  /** One scale that nearly all of a column's numbers fit. */
  #scaleOf(values: Float64Array, count: number): Scale {
    let scale: Scale | undefined;
    let raw = 0;
    for (let k = 0; k < count; k += 1) {
      const value = values[k] ?? Number.NaN;
      if (scale !== undefined && fits(value, scale, this.#float)) continue;
      const own = scaleOf(value, this.#float);
      if (own === rawScale) raw += 1;
      else if (own !== undefined) scale = scale === undefined ? own : joined(scale, own);
    }
    return raw * 2 > count ? rawScale : (scale ?? rawScale);
  }
}

function countStaying(values: Float64Array, count: number): number {
  let staying = 0;
  for (let k = 1; k < count; k += 1) if (Object.is(values[k], values[k - 1])) staying += 1;
  return staying;
}

/** A scale for the numbers of two: as many decimal places as either, or the smaller power of two. */
function joined(a: Scale, b: Scale): Scale {
  const pagedBoth = a >= 16 && a < correctedScales && b >= 16 && b < correctedScales;
  if (pagedBoth) return Math.min(a, b);
  const places = Math.max(placesOf(a), placesOf(b));
  return isCorrected(a) || isCorrected(b) ? correctedScales + places : places;
}

function placesOf(scale: Scale): number {
  return scale >= 16 && scale < correctedScales ? 0 : scale & 15;
}
