import type { Clock } from "../contracts/clock.js";
import type { Store, StoredBatch } from "../contracts/store.js";

export interface MenderParts {
  readonly store: Pick<Store, "read">;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly onFound: (name: string, batches: readonly StoredBatch[]) => void;
  readonly onFault: (name: string, cause: unknown) => void;
}

/** A keyframe comes at least every so many batches; of ticks that were passed over there may be more. */
const windowTicks = 480;
/** Well within the 5 s in which all are to be level again: what was asked for may not have been written anew yet. */
const againAfterMs = 1_000;

/** Asks the store for what a broken chain lacks: at once, and again now and then while it stays broken. */
export class Mender {
  readonly #parts: MenderParts;
  readonly #askedMs = new Map<string, number>();

  constructor(parts: MenderParts) {
    this.#parts = parts;
  }

  ask(name: string, broken: StoredBatch): void {
    const { clock, onFault } = this.#parts;
    const key = JSON.stringify([broken.channel, broken.epoch]);
    const nowMs = clock.monotonicMs();
    const askedMs = this.#askedMs.get(key);
    if (askedMs !== undefined && nowMs - askedMs < againAfterMs) return;
    for (const [old, ms] of this.#askedMs) if (nowMs - ms >= againAfterMs) this.#askedMs.delete(old);
    this.#askedMs.set(key, nowMs);
    this.#read(name, broken).catch((cause: unknown) => onFault(name, cause));
  }

  async #read(name: string, { channel, instance, epoch, tick }: StoredBatch): Promise<void> {
    const found: StoredBatch[] = [];
    const range = { fromTick: Math.max(0, tick - windowTicks), toTick: tick };
    const query = { channel, instance, ...range, stepTicks: 1, coveredBatches: true };
    for await (const item of this.#parts.store.read(query)) {
      if (item.type === "batch" && item.epoch === epoch) found.push(item);
    }
    this.#parts.onFound(name, found);
  }
}
