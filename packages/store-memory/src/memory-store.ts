import {
  type Clock,
  MetricastError,
  type Store,
  type StoredBatch,
  type StoredBlock,
  type StoreMember,
  type StorePeer,
  type StoreQuery,
  type StoreStatus,
  systemClock,
  type WriterKey,
} from "@metricast/core";
import { BlockShelf } from "./block-shelf.js";
import { WriterWindow } from "./writer-window.js";

export interface MemoryStoreOptions {
  /** Sealed blocks held for all peers together; over it the first sealed go first. Default 16 MiB. */
  readonly maxBlockBytes?: number;
  /** Judges when blocks expire. Default: the system's. */
  readonly clock?: Clock;
}

/** Two segments of history: what a peer that comes late can be short of. */
const windowTicks = 240;

/**
 * Shares batches and sealed blocks between the instances of one process that were given this store. With one instance
 * alone it retains nothing: the hot data is that instance's history. Throws MC_OPTION_INVALID.
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const maxBlockBytes = options.maxBlockBytes ?? 16 * 1024 * 1024;
  if (!Number.isSafeInteger(maxBlockBytes) || maxBlockBytes < 0) {
    throw new MetricastError(
      "MC_OPTION_INVALID",
      `maxBlockBytes must be a count of bytes, not ${maxBlockBytes}.`,
      {
        option: "maxBlockBytes",
        value: maxBlockBytes,
      },
    );
  }
  return new MemoryStore(new BlockShelf(maxBlockBytes), options.clock ?? systemClock);
}

class MemoryStore implements Store {
  readonly name = "memory";
  readonly reach = "process";
  readonly #clock: Clock;
  readonly #shelf: BlockShelf;
  readonly #peers = new Map<string, StorePeer>();
  /** By channel, instance and epoch. */
  readonly #windows = new Map<string, WriterWindow>();
  #undelivered: StoredBatch[] = [];
  #lastError: string | undefined;

  constructor(shelf: BlockShelf, clock: Clock) {
    this.#shelf = shelf;
    this.#clock = clock;
  }

  async open(peer: StorePeer): Promise<void> {
    this.#peers.set(peer.epoch, peer);
  }

  isShared(): boolean {
    return this.#peers.size > 1;
  }

  append(batch: StoredBatch): void {
    if (this.#peers.size === 0) return;
    const shared = this.isShared();
    if (!this.#windowOf(batch).take(batch, shared) || !shared) return;
    // Not at once: a slow or throwing peer must not be inside the writer's tick.
    if (this.#undelivered.push(batch) === 1) queueMicrotask(() => this.#deliver());
  }

  seal(block: StoredBlock): void {
    if (this.isShared()) this.#shelf.add(block, this.#clock.dateMs());
  }

  async *read(query: StoreQuery): AsyncGenerator<StoredBlock | StoredBatch> {
    const blocks = this.#shelf.current(this.#clock.dateMs()).filter((block) => isOf(block, query));
    const sealedTo = newestRawTicks(query.coveredBatches ? [] : blocks);
    const batches = this.#batchesOf(query).filter(
      (batch) =>
        batch.tick > query.fromTick &&
        batch.tick <= query.toTick &&
        batch.tick > (sealedTo.get(keyOf(batch)) ?? Number.NEGATIVE_INFINITY),
    );
    const { fromTick, toTick, stepTicks } = query;
    const wanted = blocks.filter(
      (block) =>
        block.toTick > fromTick &&
        block.fromTick < toTick &&
        block.stepTicks === (stepTicks ?? block.stepTicks),
    );
    yield* wanted.sort((a, b) => a.fromTick - b.fromTick || a.stepTicks - b.stepTicks);
    if ((stepTicks ?? 1) === 1) yield* batches.sort((a, b) => a.tick - b.tick);
  }

  status(): StoreStatus {
    const status = { status: "ok", lagMs: 0, spoolBytes: 0, dropped: 0 } as const;
    return this.#lastError === undefined ? status : { ...status, lastError: this.#lastError };
  }

  members(): readonly StoreMember[] {
    return [...this.#peers.values()].map((peer) => ({
      instance: peer.instance,
      epoch: peer.epoch,
      clients: peer.clients?.() ?? 0,
      channels: [...this.#windows.values()]
        .filter(({ writer }) => writer.epoch === peer.epoch)
        .map(({ writer }) => writer.channel),
      ageMs: 0,
    }));
  }

  async close(peer?: StorePeer): Promise<void> {
    if (peer === undefined) this.#peers.clear();
    else this.#leave(peer);
    if (this.#peers.size > 0) return;
    this.#windows.clear();
    this.#shelf.clear();
  }

  #leave({ epoch }: StorePeer): void {
    this.#peers.delete(epoch);
    // What it wrote was delivered; its sealed blocks stay for the others.
    for (const [key, window] of this.#windows) {
      if (window.writer.epoch === epoch) this.#windows.delete(key);
    }
  }

  #deliver(): void {
    const batches = this.#undelivered;
    this.#undelivered = [];
    for (const batch of batches) {
      for (const peer of this.#peers.values()) {
        if (peer.epoch !== batch.epoch) this.#hand(batch, peer);
      }
    }
  }

  #hand(batch: StoredBatch, peer: StorePeer): void {
    try {
      peer.onBatch(batch);
    } catch (error) {
      const what = error instanceof Error ? error.message : typeof error;
      this.#lastError = `onBatch of ${peer.instance} threw: ${what}`;
    }
  }

  #windowOf(writer: WriterKey): WriterWindow {
    const key = keyOf(writer);
    const known = this.#windows.get(key);
    if (known !== undefined) return known;
    const window = new WriterWindow(writer, windowTicks);
    this.#windows.set(key, window);
    return window;
  }

  #batchesOf(query: StoreQuery): StoredBatch[] {
    return [...this.#windows.values()]
      .filter((window) => isOf(window.writer, query))
      .flatMap((window) => window.batches);
  }
}

/** Up to where each writer's own steps are sealed: its batches up to there are in the blocks. */
function newestRawTicks(blocks: readonly StoredBlock[]): ReadonlyMap<string, number> {
  const ticks = new Map<string, number>();
  for (const block of blocks) {
    const key = keyOf(block);
    if (block.stepTicks === 1) ticks.set(key, Math.max(block.toTick, ticks.get(key) ?? block.toTick));
  }
  return ticks;
}

function isOf(writer: WriterKey, { channel, instance }: StoreQuery): boolean {
  return writer.channel === channel && (instance === undefined || writer.instance === instance);
}

function keyOf({ channel, instance, epoch }: WriterKey): string {
  return JSON.stringify([channel, instance, epoch]);
}
