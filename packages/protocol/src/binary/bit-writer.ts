import { bitLength } from "./bit-length.js";

const firstBytes = 256;

/** Writes bits, the most significant first, into a buffer that grows. Begins anew with `clear`; the buffer stays. */
export class BitWriter {
  #bytes = new Uint8Array(firstBytes);
  #view = new DataView(this.#bytes.buffer);
  /** The word being filled stands at this byte. */
  #at = 0;
  #word = 0;
  #free = 32;

  get bitLength(): number {
    return this.#at * 8 + 32 - this.#free;
  }

  /** Bytes that all bits so far need. */
  get byteLength(): number {
    return (this.bitLength + 7) >>> 3;
  }

  clear(): void {
    this.#at = 0;
    this.#word = 0;
    this.#free = 32;
  }

  /** The lowest `count` bits of a number: 1 to 32 of them, and no higher bit set. */
  bits(value: number, count: number): void {
    if (count <= this.#free) {
      this.#free -= count;
      this.#word |= value << this.#free;
      if (this.#free === 0) this.#flush();
      return;
    }
    const rest = count - this.#free;
    this.#word |= value >>> rest;
    this.#flush();
    this.#free = 32 - rest;
    this.#word = value << this.#free;
  }

  /** A whole number below 2^53 in so many bits, which may be none. */
  wide(value: number, count: number): void {
    if (count > 32) {
      this.bits(Math.floor(value / 0x1_0000_0000), count - 32);
      this.bits(value >>> 0, 32);
    } else if (count > 0) this.bits(value >>> 0, count);
  }

  /** A whole number in the Exp-Golomb code of an order: the prefix says its length, small numbers take few bits. */
  golomb(value: number, order: number): void {
    const prefix = prefixOf(value, order);
    this.prefixed(value, order, prefix, prefix);
  }

  /** The same behind a prefix that is longer than the number's own. */
  prefixed(value: number, order: number, prefix: number, ones: number): void {
    const low = prefix + order;
    if (ones + low <= 30) return this.short(value, order, prefix, ones);
    this.bits(2 ** (ones + 1) - 2, ones + 1);
    const least = low <= 30 ? ((1 << prefix) - 1) << order : (2 ** prefix - 1) * 2 ** order;
    this.wide(value - least, low);
  }

  /** The same of at most 31 bits in all, the usual case: powers are dear. */
  short(value: number, order: number, prefix: number, ones: number): void {
    const low = prefix + order;
    const rest = value - (((1 << prefix) - 1) << order);
    this.bits((((2 << ones) - 2) << low) | rest, ones + 1 + low);
  }

  /** So many ascending numbers below 2^31 by what lies between them, in the Exp-Golomb code of an order. */
  distances(numbers: ArrayLike<number>, count: number, order: number): void {
    let before = -1;
    for (let at = 0; at < count; at += 1) {
      const number = numbers[at] ?? 0;
      const distance = number - before - 1;
      before = number;
      const prefix = shortPrefix(distance, order);
      if (2 * prefix + order <= 30) this.short(distance, order, prefix, prefix);
      else this.prefixed(distance, order, prefix, prefix);
    }
  }

  /** Seven bits a byte, the lowest first; the highest bit says that another byte follows. Below 2^53. */
  varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.bits(128 + (rest % 128), 8);
    this.bits(rest, 8);
  }

  bytes(values: Uint8Array): void {
    for (const byte of values) this.bits(byte, 8);
  }

  /** Bits [from, to) of another writer. */
  copy(source: BitWriter, from: number, to: number): void {
    let at = from;
    for (; at + 32 <= to; at += 32) this.bits(source.#word32(at), 32);
    const rest = to - at;
    if (rest > 0) this.bits(source.#word32(at) >>> (32 - rest), rest);
  }

  /** All bits so far, in as many bytes as they need; more can follow. */
  toBytes(): Uint8Array {
    return this.peek().slice();
  }

  /** The same, put somewhere else. */
  copyTo(target: DataView, at: number): void {
    for (let from = 0; from < this.#at; from += 4) target.setUint32(at + from, this.#view.getUint32(from));
    const end = at + this.byteLength;
    for (let byte = at + this.#at, shift = 24; byte < end; byte += 1, shift -= 8)
      target.setUint8(byte, this.#word >>> shift);
  }

  /** The same where they are, for whoever copies them before anything more is written. */
  peek(): Uint8Array {
    this.settle();
    return this.#bytes.subarray(0, this.byteLength);
  }

  /** Puts what is written so far where `copy` reads it. */
  settle(): void {
    this.#reserve();
    this.#view.setUint32(this.#at, this.#word);
    this.#view.setUint32(this.#at + 4, 0);
  }

  #flush(): void {
    this.#reserve();
    this.#view.setUint32(this.#at, this.#word);
    this.#at += 4;
    this.#word = 0;
    this.#free = 32;
  }

  #reserve(): void {
    if (this.#at + 12 <= this.#bytes.length) return;
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  #word32(bit: number): number {
    const at = (bit >>> 5) * 4;
    const shift = bit & 31;
    const word = this.#view.getUint32(at);
    return shift === 0 ? word : ((word << shift) | (this.#view.getUint32(at + 4) >>> (32 - shift))) >>> 0;
  }
}

/** Ones that the Exp-Golomb code of a number begins with. */
export function prefixOf(value: number, order: number): number {
  if (value < 0x7fff_ffff && order < 31) return shortPrefix(value, order);
  return bitLength(Math.floor(value / 2 ** order) + 1) - 1;
}

/** The same of a number below 2^31 - 1. */
export function shortPrefix(value: number, order: number): number {
  return 31 - Math.clz32((value >>> order) + 1);
}
