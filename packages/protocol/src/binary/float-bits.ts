const highOfNaN = 0x7ff8_0000;

/** A double's 64 bits as two whole numbers, without BigInt. */
export class FloatBits {
  readonly #double = new Float64Array(1);
  readonly #halves = new Uint32Array(this.#double.buffer);
  /** Where the high half is, as this machine has its bytes. */
  readonly #high = highHalf();
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

  /** Doubles from `from` to `to`, which have the same sign; away from zero counts up. */
  distance(from: number, to: number): number {
    if (from === to) return 0;
    this.split(from);
    const { high, low } = this;
    this.split(to);
    return (this.high - high) * 0x1_0000_0000 + this.low - low;
  }

  /** The double so many steps away from zero, or towards it. */
  shifted(value: number, steps: number): number {
    this.split(value);
    const low = this.low + steps;
    return this.join(this.high + Math.floor(low / 0x1_0000_0000), low);
  }
}

function highHalf(): 0 | 1 {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;
}
