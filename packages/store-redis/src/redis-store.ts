import {
  MetricastError,
  type Store,
  type StoredBatch,
  type StoredBlock,
  type StoreMember,
  type StorePeer,
  type StoreQuery,
  type StoreStatus,
} from "@metricast/core";
import { Membership } from "./membership.js";
import type { RedisStoreOptions } from "./options.js";
import { type ResolvedRedisOptions, resolveOptions } from "./resolve-options.js";

/**
 * Keeps history in Redis, and replicates between the instances of a service. One store per metricast. Throws
 * MC_OPTION_INVALID and MC_OPTION_UNKNOWN; whatever Redis does afterwards is told by the status alone.
 */
export function redisStore(options?: RedisStoreOptions): Store {
  return new RedisStore(resolveOptions(options));
}

class RedisStore implements Store {
  readonly name = "redis";
  readonly reach = "cluster";
  readonly #options: ResolvedRedisOptions;
  #membership: Membership | undefined;
  #last: StoreStatus = { status: "degraded", lagMs: 0, spoolBytes: 0, dropped: 0 };

  constructor(options: ResolvedRedisOptions) {
    this.#options = options;
  }

  async open(peer: StorePeer): Promise<void> {
    if (this.#membership !== undefined) {
      const advice = "one redisStore serves one metricast: make another for the second";
      throw new MetricastError("MC_OPTION_INVALID", advice, { option: "store", instance: peer.instance });
    }
    this.#membership = new Membership(peer, this.#options);
    await this.#membership.open();
  }

  /** Also while it is alone: what is kept outlives the process. */
  isShared(): boolean {
    return this.#membership !== undefined;
  }

  append(batch: StoredBatch): void {
    this.#membership?.take(batch);
  }

  seal(block: StoredBlock): void {
    this.#membership?.take(block);
  }

  async *read(query: StoreQuery): AsyncGenerator<StoredBlock | StoredBatch> {
    if (this.#membership !== undefined) yield* this.#membership.read(query);
  }

  keep(name: string, value: string): Promise<string> {
    return this.#membership?.keep(name, value) ?? Promise.reject(new Error("the store is not open"));
  }

  status(): StoreStatus {
    return this.#membership?.status ?? this.#last;
  }

  members(): readonly StoreMember[] {
    return this.#membership?.members ?? [];
  }

  async close(peer?: StorePeer): Promise<void> {
    const membership = this.#membership;
    if (membership === undefined || (peer !== undefined && peer.epoch !== membership.peer.epoch)) return;
    this.#membership = undefined;
    await membership.close();
    this.#last = membership.status;
  }
}
