import type { MetricsChannel } from "./channels/metrics-channel.js";
import type { Batch } from "./contracts/feed.js";
import type { Store, StoredBatch, StoredBlock, WriterKey } from "./contracts/store.js";
import type { SealedBlock } from "./history/sealed.js";
import type { View } from "./views/view.js";

/** A keyframe at least every so many batches, so that a reader need not go further back. */
const batchesPerKeyframe = 120;

/** Hands a channel's batches and finished segments to the store; nobody waits for it. */
export class Replication {
  readonly #store: Store;
  readonly #channel: MetricsChannel;
  readonly #writer: WriterKey;
  readonly #openWhole: () => View | undefined;
  /** The view of everything: what is stored is what would be sent. Held only while somebody reads the store. */
  #whole: View | undefined;
  #sinceKeyframe = batchesPerKeyframe;
  #lastTick: number | undefined;
  /** Batches that the store had dropped when the chain last went on. */
  #dropped = 0;

  constructor(parts: {
    store: Store;
    channel: MetricsChannel;
    writer: WriterKey;
    openWhole: () => View | undefined;
  }) {
    this.#store = parts.store;
    this.#channel = parts.channel;
    this.#writer = parts.writer;
    this.#openWhole = parts.openWhole;
  }

  /** Whether a view is watched by somebody besides the store. */
  isWatched(view: View): boolean {
    return view.watchers > (view === this.#whole ? 1 : 0);
  }

  append(batch: Batch): void {
    const whole = this.#store.isShared() ? this.#hold() : this.#release();
    if (!whole) return;
    whole.build();
    const chained = this.#lastTick === batch.prev ? chainBytes(whole, batch) : undefined;
    const { dropped } = this.#store.status();
    const isBroken = chained === undefined || dropped !== this.#dropped;
    this.#dropped = dropped;
    // What is so many ticks back, as after a step of the clock, the store lets go of before everybody has read it.
    const isFar = batch.tick - (batch.prev ?? batch.tick) >= batchesPerKeyframe;
    const keyframe = isBroken || isFar || this.#sinceKeyframe >= batchesPerKeyframe;
    const bytes = keyframe ? whole.keyframe()?.frame.bytes : chained;
    if (!bytes) return;
    this.#sinceKeyframe = keyframe ? 1 : this.#sinceKeyframe + 1;
    this.#lastTick = batch.tick;
    const { tick, prev } = batch;
    const stored: StoredBatch = {
      type: "batch",
      ...this.#writer,
      tick,
      keyframe,
      bytes,
      ...(prev !== undefined && { prev }),
    };
    this.#store.append(stored);
  }

  /** A range that will not change any more: its bytes go as history has them. */
  seal(block: SealedBlock): void {
    if (this.#store.isShared()) this.#store.seal(this.#stored(block));
  }

  /** Everything sealed that is still there, newest first. */
  *held(): Generator<StoredBlock> {
    for (const block of this.#channel.history.sealed()) yield this.#stored(block);
  }

  #stored(block: SealedBlock): StoredBlock {
    const { fromTick, toTick, stepTicks } = block;
    const { intervalMs, retentionMs } = this.#channel;
    return {
      type: "block",
      ...this.#writer,
      fromTick,
      toTick,
      stepTicks,
      expiresMs: toTick * intervalMs + retentionMs,
      // Written out when the store asks for them, which is not within the tick.
      get bytes() {
        return block.bytes;
      },
    };
  }

  #hold(): View | undefined {
    if (this.#whole) return this.#whole;
    this.#whole = this.#openWhole();
    if (this.#whole) this.#whole.watchers++;
    return this.#whole;
  }

  #release(): undefined {
    this.#sinceKeyframe = batchesPerKeyframe;
    if (this.#whole) this.#whole.watchers--;
    this.#whole = undefined;
  }
}

function chainBytes(whole: View, batch: Batch): Uint8Array | undefined {
  return whole.log.after(batch.prev ?? -1)?.at(-1)?.frame.bytes;
}
