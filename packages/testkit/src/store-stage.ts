import type { Store, StoredBatch, StoredBlock, StorePeer, StoreQuery } from "@metricast/core";
import { until } from "./until.js";

/** Two stores that share what is written to them, fresh for every test; a store for one process may be given twice. */
export type MakeStores = () => Promise<StorePair> | StorePair;

export interface StorePair {
  readonly first: Store;
  readonly second: Store;
  /** Frees what `close` of both stores does not. */
  dispose?(): Promise<void>;
}

/** A store together with the peer that opened it and what that peer was told. */
export interface StoreSide {
  readonly store: Store;
  readonly peer: StorePeer;
  readonly batches: StoredBatch[];
}

export class StoreStage {
  readonly #make: MakeStores;
  readonly deliveryMs: number;
  readonly #sides: StoreSide[] = [];
  #pair: StorePair | undefined;
  #count = 0;

  constructor(make: MakeStores, deliveryMs: number) {
    this.#make = make;
    this.deliveryMs = deliveryMs;
  }

  async open(onBatch?: (batch: StoredBatch) => void): Promise<[StoreSide, StoreSide]> {
    const pair = await this.#make();
    this.#pair = pair;
    return [await this.#side(pair.first, "a"), await this.#side(pair.second, "b", onBatch)];
  }

  async got(side: StoreSide, count: number): Promise<void> {
    await until(
      () => side.batches.length >= count,
      this.deliveryMs,
      () => `${count} batches, got ${side.batches.length}`,
    );
    // One turn more, in which a batch too many would come.
    await new Promise(setImmediate);
  }

  async clear(): Promise<void> {
    for (const { store, peer } of this.#sides.splice(0)) await store.close(peer);
    await this.#pair?.dispose?.();
    this.#pair = undefined;
  }

  async #side(
    store: Store,
    instance: string,
    onBatch: (batch: StoredBatch) => void = () => {},
  ): Promise<StoreSide> {
    const batches: StoredBatch[] = [];
    this.#count += 1;
    const peer: StorePeer = {
      service: "contract",
      instance,
      epoch: this.#count.toString(16).padStart(16, "0"),
      onBatch(batch) {
        batches.push(batch);
        onBatch(batch);
      },
      onStatus() {},
      clients: () => 3,
    };
    await store.open(peer);
    const side = { store, peer, batches };
    this.#sides.push(side);
    return side;
  }
}

export async function readAll(side: StoreSide, query: Omit<StoreQuery, "channel"> & { channel?: string }) {
  const items: (StoredBatch | StoredBlock)[] = [];
  for await (const item of side.store.read({ channel: "metrics", ...query })) items.push(item);
  return items;
}

export function batchOf({ peer }: StoreSide, tick: number, prev?: number): StoredBatch {
  const key = { channel: "metrics", instance: peer.instance, epoch: peer.epoch };
  const bytes = Buffer.from(`${peer.instance} ${tick}`);
  const batch = { type: "batch", ...key, tick, keyframe: prev === undefined, bytes } as const;
  return prev === undefined ? batch : { ...batch, prev };
}

export function blockOf(
  { peer }: StoreSide,
  fromTick: number,
  toTick: number,
  expiresMs: number,
  text = "block",
): StoredBlock {
  const key = { channel: "metrics", instance: peer.instance, epoch: peer.epoch };
  return { type: "block", ...key, fromTick, toTick, stepTicks: 1, expiresMs, bytes: Buffer.from(text) };
}

export function named(item: StoredBatch | StoredBlock): string {
  return item.type === "batch"
    ? `${item.instance} ${item.tick}`
    : `${item.instance} (${item.fromTick},${item.toTick}]`;
}
