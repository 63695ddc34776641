export interface BucketRate {
  /** Tokens that come back per second. */
  readonly perSecond: number;
  /** Tokens a full bucket holds; it starts full. */
  readonly burst: number;
}

/** A rate with a burst. The clock is a number the caller passes; whatever it does, tokens stay in [0, burst]. */
export class TokenBucket {
  readonly #rate: BucketRate;
  #tokens: number;
  #atMs: number | undefined;

  constructor(rate: BucketRate) {
    this.#rate = rate;
    this.#tokens = rate.burst;
  }

  /** Takes `cost` tokens, or none. */
  take(nowMs: number, cost = 1): boolean {
    this.#refill(nowMs);
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }

  /** When `take` would succeed; 0 when it would now, Infinity when it never will. */
  retryAfterMs(nowMs: number, cost = 1): number {
    this.#refill(nowMs);
    if (this.#tokens >= cost) return 0;
    if (cost > this.#rate.burst) return Number.POSITIVE_INFINITY;
    return Math.ceil(((cost - this.#tokens) / this.#rate.perSecond) * 1_000);
  }

  get tokens(): number {
    return this.#tokens;
  }

  #refill(nowMs: number): void {
    if (Number.isNaN(nowMs)) return;
    const elapsedMs = this.#atMs === undefined ? 0 : nowMs - this.#atMs;
    // A clock that went back starts a new measure: waiting for it to catch up would freeze the client out.
    this.#atMs = nowMs;
    if (!(elapsedMs > 0)) return;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (elapsedMs / 1_000) * this.#rate.perSecond);
  }
}

/** One bucket per key. At the bound the key that was idle longest is forgotten, so the limiter is not the leak. */
export class KeyedBuckets {
  readonly #rate: BucketRate;
  readonly #maxKeys: number;
  readonly #buckets = new Map<string, TokenBucket>();
  /** The newest: many of one address come in a row. */
  #lastKey: string | undefined;

  constructor(rate: BucketRate, maxKeys = 100_000) {
    this.#rate = rate;
    this.#maxKeys = maxKeys;
  }

  take(key: string, nowMs: number, cost = 1): boolean {
    return this.#bucket(key).take(nowMs, cost);
  }

  retryAfterMs(key: string, nowMs: number, cost = 1): number {
    return this.#bucket(key).retryAfterMs(nowMs, cost);
  }

  get size(): number {
    return this.#buckets.size;
  }

  #bucket(key: string): TokenBucket {
    const known = this.#buckets.get(key);
    if (known && key === this.#lastKey) return known;
    const bucket = known ?? new TokenBucket(this.#rate);
    this.#lastKey = key;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#maxKeys) this.#forgetOldest();
    return bucket;
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}
