/**
 * The delta of a tick in the manner of Gorilla: which series changed, by the shorter of a bit for each and gaps between
 * them, and of each changed one the bits that differ from its last value. A reference to compare with, not a peer of use.
 */
export class GorillaEncoder {
  readonly #bits = new Bits();
  readonly #last: Float64Array;
  readonly #leading: Uint8Array;
  readonly #length: Uint8Array;
  readonly #words = new DataView(new ArrayBuffer(16));

  constructor(series: number) {
    this.#last = new Float64Array(series);
    this.#leading = new Uint8Array(series).fill(65);
    this.#length = new Uint8Array(series);
  }

  /** Bytes of the tick; an absent value is a NaN. */
  encode(values: readonly number[]): Uint8Array {
    const bits = this.#bits;
    bits.clear();
    const changed = values.flatMap((value, index) => (Object.is(value, this.#last[index]) ? [] : [index]));
    this.#writeChanged(changed, values.length);
    for (const index of changed) this.#writeValue(index, values[index] ?? 0);
    return bits.bytes();
  }

  #writeChanged(changed: readonly number[], series: number): void {
    const bits = this.#bits;
    const gaps = changed.map((index, at) => index - (changed[at - 1] ?? -1) - 1);
    const gapBits = 16 + gaps.reduce((sum, gap) => sum + (gap < 128 ? 8 : 16), 0);
    const byGaps = gapBits < series;
    bits.write(byGaps ? 1 : 0, 1);
    if (!byGaps) {
      const set = new Set(changed);
      for (let index = 0; index < series; index += 1) bits.write(set.has(index) ? 1 : 0, 1);
      return;
    }
    bits.write(changed.length, 16);
    for (const gap of gaps) {
      if (gap < 128) bits.write(gap, 8);
      else bits.write(0x8000 | gap, 16);
    }
  }

  #writeValue(index: number, value: number): void {
    const words = this.#words;
    words.setFloat64(0, this.#last[index] ?? 0);
    words.setFloat64(8, value);
    this.#last[index] = value;
    const high = (words.getUint32(0) ^ words.getUint32(8)) >>> 0;
    const low = (words.getUint32(4) ^ words.getUint32(12)) >>> 0;
    const leading = Math.min(31, high === 0 ? 32 + Math.clz32(low) : Math.clz32(high));
    const trailing = low === 0 ? 32 + trailingZeros(high) : trailingZeros(low);
    const knownLeading = this.#leading[index] ?? 65;
    const knownTrailing = 64 - knownLeading - (this.#length[index] ?? 0);
    const fits = leading >= knownLeading && trailing >= knownTrailing && knownLeading <= 64;
    this.#bits.write(fits ? 0 : 1, 1);
    if (!fits) {
      this.#leading[index] = leading;
      this.#length[index] = 64 - leading - trailing;
      this.#bits.write(leading, 5);
      this.#bits.write(64 - leading - trailing - 1, 6);
    }
    const length = this.#length[index] ?? 0;
    this.#bits.writeLong(high, low, 64 - (this.#leading[index] ?? 0) - length, length);
  }
}

function trailingZeros(word: number): number {
  return word === 0 ? 32 : 31 - Math.clz32(word & -word);
}

/** Bits, the most significant first. */
class Bits {
  #buffer = new Uint8Array(1 << 16);
  #length = 0;

  clear(): void {
    this.#buffer.fill(0, 0, (this.#length + 7) >> 3);
    this.#length = 0;
  }

  write(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit -= 1) {
      if ((value >>> bit) & 1) this.#set();
      this.#length += 1;
    }
  }

  /** `length` bits of a word of 64, above `trailing` others. */
  writeLong(high: number, low: number, trailing: number, length: number): void {
    for (let bit = trailing + length - 1; bit >= trailing; bit -= 1) {
      if (((bit >= 32 ? high >>> (bit - 32) : low >>> bit) & 1) === 1) this.#set();
      this.#length += 1;
    }
  }

  bytes(): Uint8Array {
    return this.#buffer.slice(0, (this.#length + 7) >> 3);
  }

  #set(): void {
    const at = this.#length >> 3;
    this.#buffer[at] = (this.#buffer[at] ?? 0) | (128 >> (this.#length & 7));
  }
}
