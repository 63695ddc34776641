const highOfNaN = 0x7ff8_0000;

/** A double's 64 bits as two whole numbers, without BigInt. */
export class FloatBits {
  readonly #double = new Float64Array(1);
  readonly #halves = new Uint32Array(this.#double.buffer);
  /** Which half is the high one: the second where bytes go up, as nearly everywhere. */
  readonly #high = new Uint8Array(Uint16Array.of(1).buffer)[0] ?? 0;
  /** Of the number last split. */
  high = 0;
  low = 0;

  split(value: number): void {
    this.#double[0] = value;
    // Engines are free in a NaN's payload, and both sides have to see the same bits.
    const isNone = Number.isNaN(value);
    this.high = isNone ? highOfNaN : (this.#halves[this.#high] ?? 0);
    this.low = isNone ? 0 : (this.#halves[1 - this.#high] ?? 0);
  }

  join(high: number, low: number): number {
    this.#halves[this.#high] = high;
    this.#halves[1 - this.#high] = low;
    return this.#double[0] ?? 0;
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
  if (from === to) return 0;
  float.split(from);
  const { high, low } = float;
  float.split(to);
  return (float.high - high) * 0x1_0000_0000 + float.low - low;
}
