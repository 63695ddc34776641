import type { WriterKey } from "@metricast/core";
import type { OutgoingBatch, TargetStream } from "./outgoing.js";

/** Two segments of history: what is appended again when Redis lost it. */
const windowBatches = 240;

/** The stream that this instance writes for one channel, and the newest of what is in it. */
export class OwnStream implements TargetStream {
  readonly writer: WriterKey;
  readonly key: string;
  readonly #maxWindowBytes: number;
  #window: OutgoingBatch[] = [];
  #windowBytes = 0;
  #newestTick = Number.NEGATIVE_INFINITY;
  exists = false;

  constructor(writer: WriterKey, key: string, maxWindowBytes: number) {
    this.writer = writer;
    this.key = key;
    this.#maxWindowBytes = maxWindowBytes;
  }

  /** False for a tick that was there already: a writer's ticks only grow. */
  takes(tick: number): boolean {
    if (tick <= this.#newestTick) return false;
    this.#newestTick = tick;
    return true;
  }

  written(batch: OutgoingBatch): void {
    const newest = this.#window.at(-1);
    if (newest !== undefined && batch.tick <= newest.tick) return;
    this.#window.push(batch);
    this.#windowBytes += batch.record.byteLength;
    while (this.#window.length > windowBatches || this.#windowBytes > this.#maxWindowBytes) {
      this.#windowBytes -= this.#window.shift()?.record.byteLength ?? 0;
    }
  }

  /** What was written after a tick, as far as it is remembered; the tick is undefined where nothing is there any more. */
  writtenAfter(tick: number | undefined): OutgoingBatch[] {
    const after = tick ?? Number.NEGATIVE_INFINITY;
    return this.#window.filter((batch) => batch.tick > after);
  }
}
