import { copied } from "./copied.js";

/**
 * Which of a channel's series a view holds, 32 of them in each word. Ids in the view ascend as indexes in the channel do, so
 * that an id is how many of the view's series stand before: it is counted where it is asked for, and a view costs bits.
 */
export class Mask {
  /** Indexes of the view's series, by id: ascending. */
  readonly members: number[] = [];
  /** Which words have any, ascending. */
  readonly words: number[] = [];
  /** By word: the series that are held, and how many stand before it. */
  bits = new Int32Array(0);
  ranks = new Int32Array(0);

  /** A view of these series, of ascending indexes. */
  static of(indexes: Iterable<number>): Mask {
    const mask = new Mask();
    for (const index of indexes) mask.add(index);
    return mask;
  }

  /** Takes the next series, of a higher index than all before it. */
  add(index: number): void {
    const word = index >>> 5;
    if (word >= this.bits.length) this.#grow(word + 1);
    if (this.bits[word] === 0) {
      this.words.push(word);
      this.ranks[word] = this.members.length;
    }
    this.bits[word] = (this.bits[word] ?? 0) | (1 << (index & 31));
    this.members.push(index);
  }

  /** The id of a series; -1 where the view does not hold it. */
  idOf(index: number): number {
    const word = index >>> 5;
    const bit = 1 << (index & 31);
    const bits = this.bits[word] ?? 0;
    return (bits & bit) === 0 ? -1 : (this.ranks[word] ?? 0) + ones(bits & (bit - 1));
  }

  #grow(least: number): void {
    const room = Math.max(least, Math.ceil(this.bits.length * 1.5));
    this.bits = copied(this.bits, new Int32Array(room));
    this.ranks = copied(this.ranks, new Int32Array(room));
  }
}

/** How many bits of a word are set. */
export function ones(word: number): number {
  // Counts in pairs, fours and bytes at once, the bytes summed by a product (Warren, Hacker's Delight, 5-1).
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
