import type { BitReader } from "./bit-reader.js";
import { columnModes, modeBits, runOrderBits, startOrderBits } from "./column-codes.js";
import { NumberReader } from "./number-reader.js";
import { rawScale } from "./scale.js";
import { Slots } from "./slots.js";

/** Reads columns of numbers, as `ColumnWriter` writes them. */
export class ColumnReader {
  readonly #slots = new Slots();
  readonly #numbers = new NumberReader(this.#slots);

  constructor() {
    this.#slots.grow(1);
  }

  read(input: BitReader, into: Float64Array, count: number): void {
    if (count === 0) return;
    const mode = input.bits(modeBits);
    let value = this.#numbers.absolute(input, 0);
    this.#slots.values[0] = value;
    if (mode === columnModes.constant) {
      into.fill(value, 0, count);
      return;
    }
    if (this.#slots.scales[0] !== rawScale) this.#slots.orders[0] = input.bits(startOrderBits);
    const inRuns = mode === columnModes.runs;
    const order = inRuns ? input.bits(runOrderBits) : 0;
    into[0] = value;
    for (let k = 1; k < count; k += 1) {
      if (inRuns) {
        const end = Math.min(count, k + input.golomb(order));
        into.fill(value, k, end);
        k = end;
        if (k === count) return;
      }
      value = this.#numbers.read(input, 0, !inRuns);
      into[k] = value;
    }
  }
}
