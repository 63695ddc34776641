const highOfNaN = 0x7ff8_0000;

/** A double's 64 bits as two whole numbers, without BigInt. */
export class FloatBits {
  readonly #view = new DataView(new ArrayBuffer(8));
  /** Of the number last split. */
  high = 0;
  low = 0;

  split(value: number): void {
    this.#view.setFloat64(0, value);
    // Engines are free in a NaN's payload, and both sides have to see the same bits.
    const isNone = Number.isNaN(value);
    this.high = isNone ? highOfNaN : this.#view.getUint32(0);
    this.low = isNone ? 0 : this.#view.getUint32(4);
  }

  join(high: number, low: number): number {
    this.#view.setUint32(0, high);
    this.#view.setUint32(4, low);
    return this.#view.getFloat64(0);
  }

  /** The double so many steps away from zero, or towards it. */
  shifted(value: number, steps: number): number {
    this.split(value);
    const low = this.low + steps;
    return this.join(this.high + Math.floor(low / 0x1_0000_0000), low);
  }
}

/** Doubles from `from` to `to`, which have the same sign; away from zero counts up. `float` is scratch. */
export function distance(from: number, to: number, float: FloatBits): number {
  float.split(from);
  const { high, low } = float;
  float.split(to);
  return (float.high - high) * 0x1_0000_0000 + float.low - low;
}
