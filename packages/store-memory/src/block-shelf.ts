import type { StoredBlock } from "@metricast/core";

/** Sealed blocks until they expire; over the limit those that were sealed first go first. */
export class BlockShelf {
  readonly #maxBytes: number;
  readonly #blocks = new Map<string, StoredBlock>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(block: StoredBlock, nowMs: number): void {
    this.#dropExpired(nowMs);
    const key = keyOf(block);
    const size = block.bytes.byteLength;
    if (this.#blocks.has(key) || block.expiresMs <= nowMs || size > this.#maxBytes) return;
    this.#blocks.set(key, block);
    this.#bytes += size;
    for (const [oldest, { bytes }] of this.#blocks) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#blocks.delete(oldest);
      this.#bytes -= bytes.byteLength;
    }
  }

  /** Those not expired, in no order. */
  current(nowMs: number): readonly StoredBlock[] {
    this.#dropExpired(nowMs);
    return [...this.#blocks.values()];
  }

  clear(): void {
    this.#blocks.clear();
    this.#bytes = 0;
  }

  #dropExpired(nowMs: number): void {
    for (const [key, block] of this.#blocks) {
      if (block.expiresMs > nowMs) continue;
      this.#blocks.delete(key);
      this.#bytes -= block.bytes.byteLength;
    }
  }
}

function keyOf({ channel, instance, epoch, stepTicks, fromTick }: StoredBlock): string {
  return JSON.stringify([channel, instance, epoch, stepTicks, fromTick]);
}
