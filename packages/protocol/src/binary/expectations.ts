import { copied } from "./copied.js";

/**
 * Which series are expected to change: a count from 0, it surely stays, to 3, it surely changes, that moves one step a
 * tick. Kept as two planes of bits, so that a tick is a few steps for every 32 series.
 */
export class Expectations {
  #high = new Uint32Array(0);
  #low = new Uint32Array(0);
  /** The series at hand. */
  #marks = new Uint32Array(0);
  #surprising = new Uint32Array(0);

  grow(count: number): void {
    const words = (count + 31) >>> 5;
    if (words <= this.#high.length) return;
    const room = Math.max(words, this.#high.length * 2);
    this.#high = copied(this.#high, new Uint32Array(room));
    this.#low = copied(this.#low, new Uint32Array(room));
    this.#marks = copied(this.#marks, new Uint32Array(room));
    this.#surprising = copied(this.#surprising, new Uint32Array(room));
  }

  get bytes(): number {
    return 16 * this.#high.length;
  }

  get(index: number): number {
    const word = index >>> 5;
    const bit = index & 31;
    return (((this.#high[word] ?? 0) >>> bit) & 1) * 2 + (((this.#low[word] ?? 0) >>> bit) & 1);
  }

  /** Takes who changes at a tick, ascending; `changed` and `surprising` then tell of it. */
  learn(changed: readonly number[]): void {
    this.#mark(changed);
    for (let word = 0; word < this.#marks.length; word += 1) {
      const marks = this.#marks[word] ?? 0;
      this.#surprising[word] = marks ^ (this.#high[word] ?? 0);
      this.#learn(word, marks);
    }
  }

  /** Who changes at the tick last learned, by bits. */
  get changed(): Uint32Array {
    return this.#marks;
  }

  /** Who changed, or did not, against expectation at the tick last learned, by bits. */
  get surprising(): Uint32Array {
    return this.#surprising;
  }

  #mark(indexes: readonly number[]): void {
    const marks = this.#marks;
    marks.fill(0);
    for (let at = 0; at < indexes.length; at += 1) {
      const index = indexes[at] ?? 0;
      marks[index >>> 5] = (marks[index >>> 5] ?? 0) | (1 << (index & 31));
    }
  }

  /** Counts up to 3 where a bit is set, and down to 0 where it is not. */
  #learn(word: number, changed: number): void {
    const high = this.#high[word] ?? 0;
    const low = this.#low[word] ?? 0;
    if ((high | low | changed) === 0) return;
    this.#high[word] = (changed & (high | low)) | (~changed & high & low);
    this.#low[word] = (changed & (high | ~low)) | (~changed & high & ~low);
  }
}
