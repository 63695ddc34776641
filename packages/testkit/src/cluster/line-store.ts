import type {
  Store,
  StoredBatch,
  StoredBlock,
  StoreMember,
  StorePeer,
  StoreQuery,
  StoreStatus,
} from "@metricast/core";

/** One instance's line to a store that others share: what it appends can be held up, and it can be away. */
export class LineStore implements Store {
  readonly name = "line";
  readonly reach = "cluster";
  readonly #store: Store;
  readonly #held: StoredBatch[] = [];
  #unheard: StoredBatch[] = [];
  #peer: StorePeer | undefined;
  #isHeld = false;
  #isAway = false;
  #isLosing = false;
  #isDeaf = false;
  /** By channel: the newest tick that went this way, and that up to which the store has forgotten. */
  readonly #newest = new Map<string, number>();
  #forgotten: ReadonlyMap<string, number> = new Map();

  constructor(store: Store) {
    this.#store = store;
  }

  open(peer: StorePeer): Promise<void> {
    this.#peer = peer;
    return this.#store.open({
      ...peer,
      onBatch: (batch) => {
        this.#newest.set(batch.channel, batch.tick);
        this.#unheard.push(batch);
        this.#hear();
      },
      clients: () => peer.clients?.() ?? 0,
    });
  }

  isShared(): boolean {
    return this.#store.isShared();
  }

  append(batch: StoredBatch): void {
    this.#newest.set(batch.channel, batch.tick);
    if (this.#isLosing) {
      this.#isLosing = false;
      return;
    }
    // What is held up is encoded at its tick, as a store would.
    if (this.#isHeld || this.#isAway) this.#held.push({ ...batch, bytes: batch.bytes });
    else this.#store.append(batch);
  }

  seal(block: StoredBlock): void {
    this.#store.seal(block);
  }

  read(query: StoreQuery): AsyncIterable<StoredBlock | StoredBatch> {
    return this.#forgotten.size === 0 ? this.#store.read(query) : this.#readKept(query);
  }

  status(): StoreStatus {
    return { ...this.#store.status(), status: this.#isAway ? "degraded" : "ok" };
  }

  members(): readonly StoreMember[] {
    return this.#store.members();
  }

  close(): Promise<void> {
    return this.#store.close(this.#peer);
  }

  /** From now on what it appends is late; false: all of that comes now. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (!isHeld) for (const batch of this.#held.splice(0)) this.#store.append(batch);
  }

  /** From now on nothing of others comes to it; false: all of that comes now. */
  deafen(isDeaf: boolean): void {
    this.#isDeaf = isDeaf;
    this.#hear();
  }

  /** The next batch that it appends never comes to anybody. */
  loseNext(): void {
    this.#isLosing = true;
  }

  /** What the store holds by now is never read again. */
  forget(): void {
    this.#forgotten = new Map(this.#newest);
  }

  /** The store is away for this instance; false: it is back, and so is everything that was kept from either side. */
  away(isAway: boolean): void {
    this.#isAway = isAway;
    const status = this.status();
    this.#peer?.onStatus(status);
    if (isAway) return;
    for (const batch of this.#held.splice(0)) this.#store.append(batch);
    this.#hear();
  }

  /** Batches of others that were not read, as nobody wants them. */
  unread(channel: string): number {
    return this.#unheard.filter((batch) => batch.channel === channel).length;
  }

  /** Leaves without a word: nothing more of it comes, and it is listed no longer. */
  die(): Promise<void> {
    return this.close();
  }

  async *#readKept(query: StoreQuery): AsyncGenerator<StoredBlock | StoredBatch> {
    for await (const item of this.#store.read(query)) {
      const toTick = item.type === "batch" ? item.tick : item.toTick;
      if (toTick > (this.#forgotten.get(item.channel) ?? Number.NEGATIVE_INFINITY)) yield item;
    }
  }

  #hear(): void {
    if (this.#isAway || this.#isDeaf) return;
    const unheard = this.#unheard;
    this.#unheard = [];
    for (const batch of unheard) {
      if (this.#peer?.wants?.(batch.channel) ?? true) this.#peer?.onBatch(batch);
      else this.#unheard.push(batch);
    }
  }
}
