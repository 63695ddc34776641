/** Something whose memory can be taken back piece by piece. */
export interface MemoryHolder {
  /** Makes smaller what can be without a loss; false where nothing can. */
  squeeze?(): boolean;
  /** The piece to give up next; undefined where there is none. */
  victim(): Victim | undefined;
  /** The piece to give up when nobody has any other left. */
  lastVictim(): Victim | undefined;
}

export interface Victim {
  /** The piece with the highest goes first, over all holders. */
  readonly rank: number;
  drop(): void;
}

/**
 * One bound for the memory of all channels, in bytes. Whoever wants memory asks before taking it. When it is tight,
 * the holders pack what they have not yet packed and give up pieces; when they have only pieces left that should be kept, the budget is exhausted and says so
 * (so that new series are refused), then those go too.
 */
export class MemoryBudget {
  readonly limitBytes: number;
  readonly #onExhausted: (exhausted: boolean) => void;
  readonly #holders = new Set<MemoryHolder>();
  #usedBytes = 0;
  #exhausted = false;
  #evictions = 0;

  constructor(limitBytes: number, onExhausted: (exhausted: boolean) => void = () => {}) {
    this.limitBytes = limitBytes;
    this.#onExhausted = onExhausted;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** Pieces given up so far for want of memory. */
  get evictions(): number {
    return this.#evictions;
  }

  join(holder: MemoryHolder): () => void {
    this.#holders.add(holder);
    return () => this.#holders.delete(holder);
  }

  /** Takes bytes if they can be had within the limit; as a last resort even for what should be kept. */
  tryTake(bytes: number, lastResort = false): boolean {
    if (!this.#makeRoom(bytes, lastResort)) return false;
    this.#usedBytes += bytes;
    return true;
  }

  /** Accounts for bytes that are needed in any case and bounded elsewhere; history makes room for them. */
  take(bytes: number): void {
    this.#makeRoom(bytes, true);
    this.#usedBytes += bytes;
  }

  /** What took `from` bytes takes `to` now. Where that is more, `settle` makes room for it. */
  exchange(from: number, to: number): void {
    this.give(from - to);
  }

  settle(): void {
    this.#makeRoom(0, true);
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
    // Well below the limit, so that it does not go on and off with every segment.
    if (this.#exhausted && this.#usedBytes < this.limitBytes * 0.85) this.#setExhausted(false);
  }

  #makeRoom(bytes: number, lastResort: boolean): boolean {
    const fits = (): boolean => this.#usedBytes + bytes <= this.limitBytes;
    // What can never fit must not cost everybody's history.
    if (bytes > this.limitBytes) return false;
    while (!fits() && this.#squeezeOne());
    while (!fits() && this.#dropOne((holder) => holder.victim()));
    if (fits()) return true;
    this.#setExhausted(true);
    while (lastResort && !fits() && this.#dropOne((holder) => holder.lastVictim()));
    return fits();
  }

  #squeezeOne(): boolean {
    for (const holder of this.#holders) if (holder.squeeze?.()) return true;
    return false;
  }

  #dropOne(ask: (holder: MemoryHolder) => Victim | undefined): boolean {
    let chosen: Victim | undefined;
    for (const holder of this.#holders) {
      const victim = ask(holder);
      if (victim !== undefined && (chosen === undefined || victim.rank > chosen.rank)) chosen = victim;
    }
    chosen?.drop();
    if (chosen !== undefined) this.#evictions += 1;
    return chosen !== undefined;
  }

  #setExhausted(exhausted: boolean): void {
    if (this.#exhausted === exhausted) return;
    this.#exhausted = exhausted;
    this.#onExhausted(exhausted);
  }
}
