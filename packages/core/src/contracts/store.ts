/** What lies beyond the process: batches are replicated to it, sealed blocks kept in it. One contract suite for all. */

export interface Store {
  readonly name: string;
  /** How far it carries: to others in this process, or to other processes. */
  readonly reach: "process" | "cluster";
  /** Rejects only for options that make no sense; a store that is away opens degraded and says so by `onStatus`. */
  open(peer: StorePeer): Promise<void>;
  /** Whether anybody would read what is appended; while false nothing is encoded for it. Asked at every tick. */
  isShared(): boolean;
  /** Never throws, never blocks the tick. What does not fit the spool is dropped, oldest first, and counted. */
  append(batch: StoredBatch): void;
  /** A finished segment or tier block, kept until `expiresMs`. Writing one key twice keeps the first. */
  seal(block: StoredBlock): void;
  /** Sealed blocks, then batches past them, each ascending; paged inside, so the caller may stop at any time. */
  read(query: StoreQuery): AsyncIterable<StoredBlock | StoredBatch>;
  /**
   * Keeps a value under a name for all instances of the service, for good; answers the one that was there first. Rejects
   * where the store is away. Absent: nothing is kept but history.
   */
  keep?(name: string, value: string): Promise<string>;
  status(): StoreStatus;
  /** Who is alive, as far as this store has seen; whoever asks is among them while it is open. In no order. */
  members(): readonly StoreMember[];
  /** The peer that opened it leaves; without one everybody does. A second call does nothing. */
  close(peer?: StorePeer): Promise<void>;
}

export interface StorePeer {
  readonly service: string;
  readonly instance: string;
  /** 16 hex digits drawn when this writer started. */
  readonly epoch: string;
  /** A batch of another writer; each key at most once, in the writer's order. */
  onBatch(batch: StoredBatch): void;
  onStatus(status: StoreStatus): void;
  /**
   * Whether others' batches of a channel are of use at present; a store for which reading costs something asks before each
   * read. What is not read is read later, from where reading stopped. Default: always.
   */
  wants?(channel: string): boolean;
  /** How many clients it serves; others are told with its heartbeats. */
  clients?(): number;
  /** Sealed blocks that it still holds, newest first: they are kept again where the store has lost what it kept. */
  held?(): Iterable<StoredBlock>;
}

/** An instance that is alive. */
export interface StoreMember {
  readonly instance: string;
  readonly epoch: string;
  readonly clients: number;
  /** Channels that it has written to. */
  readonly channels: readonly string[];
  /** Since it last showed life, as this instance saw it. */
  readonly ageMs: number;
}

export interface WriterKey {
  readonly channel: string;
  readonly instance: string;
  readonly epoch: string;
}

export interface StoredBatch extends WriterKey {
  readonly type: "batch";
  readonly tick: number;
  /** The writer's batch before this one; absent on its first. Continuity is proven by it. */
  readonly prev?: number;
  readonly keyframe: boolean;
  /** Encoded at first use. */
  readonly bytes: Uint8Array;
}

export interface StoredBlock extends WriterKey {
  readonly type: "block";
  readonly fromTick: number;
  readonly toTick: number;
  readonly stepTicks: number;
  /** Milliseconds since the Unix epoch. */
  readonly expiresMs: number;
  readonly bytes: Uint8Array;
}

export interface StoreQuery {
  readonly channel: string;
  readonly instance?: string;
  /** Ticks in (fromTick, toTick]; blocks that overlap are given whole. */
  readonly fromTick: number;
  readonly toTick: number;
  /** Only blocks of this step; 1 for the batches and the blocks of ticks. Absent: everything. */
  readonly stepTicks?: number;
  /** Also batches that blocks cover: whoever decodes them begins with a keyframe, which may lie before the last block's end. */
  readonly coveredBatches?: boolean;
}

export interface StoreStatus {
  readonly status: "ok" | "degraded";
  readonly lagMs: number;
  readonly spoolBytes: number;
  /** Batches dropped since the store opened. */
  readonly dropped: number;
  /** By how much this process's clock is ahead of the store's, where the store has one. */
  readonly clockSkewMs?: number;
  readonly lastError?: string;
}
