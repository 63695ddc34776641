import type { Outgoing, OutgoingBatch, TargetStream } from "./outgoing.js";

/** Of the objects around a record. */
const overheadBytes = 160;

/** Waiting records in the order they came, bounded in bytes: over the bound the oldest go, counted. */
export class Spool {
  readonly #maxBytes: number;
  #items: Outgoing[] = [];
  #bytes = 0;
  #dropped = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  get oldestMs(): number | undefined {
    return this.#items[0]?.sinceMs;
  }

  add(item: Outgoing): void {
    this.#items.push(item);
    this.#bytes += sizeOf(item);
    this.#enforce();
  }

  /** Puts what has to be written again before everything else. */
  addFirst(items: readonly Outgoing[]): void {
    this.#items = [...items, ...this.#items];
    this.#bytes += items.reduce((sum, item) => sum + sizeOf(item), 0);
    this.#enforce();
  }

  /** What goes next: at most so many, and not many more bytes. */
  head(maxItems: number, maxBytes: number): Outgoing[] {
    const head: Outgoing[] = [];
    let bytes = 0;
    for (const item of this.#items) {
      if (head.length >= maxItems || bytes >= maxBytes) break;
      head.push(item);
      bytes += sizeOf(item);
    }
    return head;
  }

  batchesOf(stream: TargetStream): OutgoingBatch[] {
    return this.#items.filter(
      (item): item is OutgoingBatch => item.kind === "batch" && item.stream === stream,
    );
  }

  /** They are written. */
  settle(items: Iterable<Outgoing>): void {
    this.#remove(new Set(items));
  }

  /** They can never be written. */
  discard(items: Iterable<Outgoing>): void {
    this.#dropped += this.#remove(new Set(items));
  }

  #enforce(): void {
    while (this.#bytes > this.#maxBytes) {
      const [oldest] = this.#items;
      if (oldest === undefined) return;
      this.discard(oldest.kind === "batch" ? this.#unreadableWithout(oldest) : [oldest]);
    }
  }

  /** A batch, and those after it that nobody could decode without it: the chain goes on with a keyframe where there is one. */
  #unreadableWithout(oldest: OutgoingBatch): OutgoingBatch[] {
    const [, ...rest] = this.batchesOf(oldest.stream);
    const next = rest.findIndex(({ keyframe }) => keyframe);
    return [oldest, ...rest.slice(0, Math.max(next, 0))];
  }

  #remove(gone: ReadonlySet<Outgoing>): number {
    const kept = this.#items.filter((item) => !gone.has(item));
    const removed = this.#items.length - kept.length;
    this.#items = kept;
    this.#bytes = kept.reduce((sum, item) => sum + sizeOf(item), 0);
    return removed;
  }
}

function sizeOf({ record }: Outgoing): number {
  return record.byteLength + overheadBytes;
}
