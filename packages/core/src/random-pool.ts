import type { Random } from "./contracts/random.js";

const portionBytes = 1_024;
const twoTo32 = 2 ** 32;

/** Randomness drawn in portions: asking the system for a few bytes costs as much as asking for many. */
export class RandomPool implements Random {
  readonly #random: Pick<Random, "bytes">;
  #portion = Buffer.alloc(0);
  #at = 0;

  constructor(random: Pick<Random, "bytes">) {
    this.#random = random;
  }

  bytes(count: number): Buffer {
    if (this.#at + count > this.#portion.length) this.#refill(count);
    this.#at += count;
    return this.#portion.subarray(this.#at - count, this.#at);
  }

  fraction(): number {
    return this.bytes(4).readUInt32BE() / twoTo32;
  }

  #refill(count: number): void {
    this.#portion = Buffer.from(this.#random.bytes(Math.max(count, portionBytes)));
    this.#at = 0;
  }
}
