/** Longer than any prefix. */
const noEscape = 33;

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
    return this.at > this.byteLength * 8;
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
    return this.golombOrEscape(order, noEscape);
  }

  /** The same where a prefix of so many ones is an escape, and longer ones have one more; -1 for the escape. */
  golombOrEscape(order: number, escapeOnes: number): number {
    const word = this.#peek();
    const ones = Math.clz32(~word);
    const prefix = ones > escapeOnes ? ones - 1 : ones;
    const low = prefix + order;
    const used = ones + 1 + low;
    if (ones !== escapeOnes && used <= 32) {
      this.at += used;
      return (((1 << prefix) - 1) << order) + (((word << (ones + 1)) >>> 1) >>> (31 - low));
    }
    this.at += ones + 1;
    return ones === escapeOnes ? -1 : (2 ** prefix - 1) * 2 ** order + this.wide(low);
  }

  #peek(): number {
    const from = this.at >>> 3;
    const shift = this.at & 7;
    const bytes = this.#bytes;
    // A load beyond the end would make all loads here slow ones.
    if (from + 4 >= bytes.length) return this.#peekAtEnd(from, shift);
    const word =
      ((bytes[from] ?? 0) << 24) |
      ((bytes[from + 1] ?? 0) << 16) |
      ((bytes[from + 2] ?? 0) << 8) |
      (bytes[from + 3] ?? 0);
    return ((word << shift) | ((bytes[from + 4] ?? 0) >>> (8 - shift))) >>> 0;
  }

  #peekAtEnd(from: number, shift: number): number {
    let word = 0;
    for (let at = from; at < from + 5; at += 1) word = word * 256 + (this.#bytes[at] ?? 0);
    return (word / 2 ** (8 - shift)) >>> 0;
  }
}
