/** Bounds grow by a twelfth from 50 µs to about 70 s: a quantile is at most 8 % off. */
const growth = 13 / 12;
const leastMs = 0.05;
const buckets = 178;
const logGrowth = Math.log(growth);

/** How long things take, over the last one to two windows. Counts in fixed buckets: no memory per sample. */
export class DeliveryTimes {
  #current = new Float64Array(buckets);
  #previous = new Float64Array(buckets);
  #count = 0;
  #sumMs = 0;

  /** `times`: how many things took so long. */
  record(ms: number, times = 1): void {
    if (Number.isNaN(ms)) return;
    const bucket = bucketOf(ms);
    this.#current[bucket] = (this.#current[bucket] ?? 0) + times;
    this.#count += times;
    this.#sumMs += Math.max(0, ms) * times;
  }

  /** All samples since the start. */
  get count(): number {
    return this.#count;
  }

  get sumMs(): number {
    return this.#sumMs;
  }

  /** Upper bound of the bucket that holds the quantile; undefined while there are no samples. */
  quantileMs(quantile: number): number | undefined {
    const total = this.#windowCount();
    if (total === 0) return undefined;
    const rank = Math.max(1, Math.ceil(quantile * total));
    let seen = 0;
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      seen += this.#inWindow(bucket);
      if (seen >= rank) return upperBoundMs(bucket);
    }
    return upperBoundMs(buckets - 1);
  }

  /** Begins a new window; what is older than the last one is forgotten. */
  rotate(): void {
    const oldest = this.#previous;
    this.#previous = this.#current;
    this.#current = oldest.fill(0);
  }

  #inWindow(bucket: number): number {
    return (this.#current[bucket] ?? 0) + (this.#previous[bucket] ?? 0);
  }

  #windowCount(): number {
    let total = 0;
    for (let bucket = 0; bucket < buckets; bucket += 1) total += this.#inWindow(bucket);
    return total;
  }
}

function bucketOf(ms: number): number {
  if (!(ms > leastMs)) return 0;
  return Math.min(buckets - 1, Math.ceil(Math.log(ms / leastMs) / logGrowth));
}

function upperBoundMs(bucket: number): number {
  return leastMs * growth ** bucket;
}
