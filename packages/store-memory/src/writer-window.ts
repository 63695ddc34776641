import type { StoredBatch, WriterKey } from "@metricast/core";

/** The newest batches of one writer on one channel, in order, by reference. */
export class WriterWindow {
  readonly writer: WriterKey;
  readonly #limit: number;
  #batches: StoredBatch[] = [];
  #lastTick = Number.NEGATIVE_INFINITY;

  constructor({ channel, instance, epoch }: WriterKey, limit: number) {
    this.writer = { channel, instance, epoch };
    this.#limit = limit;
  }

  get batches(): readonly StoredBatch[] {
    return this.#batches;
  }

  /** False where the batch was seen: a writer's ticks only grow, so one number tells, long after a batch has gone. */
  take(batch: StoredBatch, keep: boolean): boolean {
    if (batch.tick <= this.#lastTick) return false;
    this.#lastTick = batch.tick;
    if (!keep) this.#batches = [];
    else if (this.#batches.push(batch) > this.#limit) this.#batches.shift();
    return true;
  }
}
