/** Spoils bytes by a seed: the same seed gives the same inputs, so that one that did harm can be made again. */
export class Spoiler {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  chance(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(bound: number): number {
    return Math.floor(this.chance() * bound);
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new Error("there is nothing to pick from");
    return picked;
  }

  /** One to four of: bits turned, bytes set, pieces cut out, repeated, or taken from another input. */
  spoil(bytes: Uint8Array, others: readonly Uint8Array[]): Buffer {
    let spoilt: Buffer = Buffer.from(bytes);
    for (let left = 1 + this.below(4); left > 0; left -= 1) spoilt = this.#spoilOnce(spoilt, others);
    return spoilt.subarray(0, 70_000);
  }

  #spoilOnce(bytes: Buffer, others: readonly Uint8Array[]): Buffer {
    const at = this.below(bytes.length + 1);
    const end = Math.min(bytes.length, at + this.below(20));
    const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
    switch (this.below(7)) {
      case 0:
        return Buffer.concat([
          before,
          Buffer.of((bytes[at] ?? 0) ^ (1 << this.below(8))),
          bytes.subarray(at + 1),
        ]);
      case 1:
        return Buffer.concat([before, Buffer.of(this.below(256)), bytes.subarray(at + 1)]);
      case 2:
        return Buffer.concat([before, after]);
      case 3:
        return Buffer.concat([before, ...Array.from({ length: 1 + this.below(50) }, () => piece), after]);
      case 4:
        return Buffer.concat([before, Buffer.from(this.pick(oddities)), after]);
      case 5:
        return Buffer.concat([before, this.pick(others).subarray(at)]);
      default:
        return Buffer.from(before);
    }
  }
}

const oddities = [
  "\0",
  "\r\n",
  "\r\n\r\n",
  "-1",
  "1e400",
  "9007199254740993",
  "null",
  "__proto__",
  "constructor",
  '{"',
  "[[[[[[[[[[",
  "}}",
  "\\u0000",
  "\\ud800",
  "%00",
  "..%2f",
  "*********",
  "\ufeff",
  "\u202e",
  "a".repeat(300),
] as const;
