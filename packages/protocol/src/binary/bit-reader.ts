/** Reads what `BitWriter` writes. Behind the end there are zeros; `isOver` tells that it was read past. */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** The next bit. */
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  get isOver(): boolean {
    return this.at > this.#bytes.length * 8;
  }

  get byteLength(): number {
    return this.#bytes.length;
  }

  /** 1 to 32 bits. */
  bits(count: number): number {
    const word = this.#peek();
    this.at += count;
    return word >>> (32 - count);
  }

  /** 0 to 53 bits. */
  wide(count: number): number {
    if (count > 32) return this.bits(count - 32) * 0x1_0000_0000 + this.bits(32);
    return count > 0 ? this.bits(count) : 0;
  }

  /** Seven bits a byte, the lowest first; the highest bit says that another byte follows. Below 2^53. */
  varint(): number {
    let value = 0;
    for (let unit = 1; unit <= 2 ** 49; unit *= 128) {
      const byte = this.bits(8);
      value += (byte & 127) * unit;
      if (byte < 128) break;
    }
    return value;
  }

  /** So many bytes, from a whole byte on. */
  bytes(count: number): Uint8Array {
    const from = this.at >>> 3;
    this.at += count * 8;
    return this.#bytes.subarray(from, from + count);
  }

  golomb(order: number): number {
    const word = this.#peek();
    const ones = Math.clz32(~word);
    return this.#suffixed(word, ones, ones, order);
  }

  /** The same where a prefix of so many ones is an escape, and longer ones have one more; -1 for the escape. */
  golombOrEscape(order: number, escapeOnes: number): number {
    const word = this.#peek();
    const ones = Math.clz32(~word);
    if (ones !== escapeOnes) return this.#suffixed(word, ones, ones > escapeOnes ? ones - 1 : ones, order);
    this.at += ones + 1;
    return -1;
  }

  /** A number whose prefix is in a word, behind so many ones; no code has more than 31. */
  #suffixed(word: number, ones: number, prefix: number, order: number): number {
    const low = prefix + order;
    const used = ones + 1 + low;
    if (used > 32) return this.#suffixedLong(ones, prefix, order);
    this.at += used;
    return low === 0 ? 0 : (((1 << prefix) - 1) << order) + ((word << (ones + 1)) >>> (32 - low));
  }

  #suffixedLong(ones: number, prefix: number, order: number): number {
    this.at += ones + 1;
    return (2 ** prefix - 1) * 2 ** order + this.wide(prefix + order);
  }

  #peek(): number {
    const from = this.at >>> 3;
    const shift = this.at & 7;
    // A load beyond the end would make all loads here slow ones.
    if (from + 4 >= this.#bytes.length) return this.#peekAtEnd(from, shift);
    const bytes = this.#bytes;
    const word =
      ((bytes[from] ?? 0) << 24) |
      ((bytes[from + 1] ?? 0) << 16) |
      ((bytes[from + 2] ?? 0) << 8) |
      (bytes[from + 3] ?? 0);
    return ((word << shift) | ((bytes[from + 4] ?? 0) >>> (8 - shift))) >>> 0;
  }

  #peekAtEnd(from: number, shift: number): number {
    let word = 0;
    let last = 0;
    for (let at = from; at < from + 5; at += 1) {
      const byte = at < this.#bytes.length ? (this.#bytes[at] ?? 0) : 0;
      if (at < from + 4) word = (word << 8) | byte;
      else last = byte;
    }
    return ((word << shift) | (last >>> (8 - shift))) >>> 0;
  }
}
