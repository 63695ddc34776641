interface Reading {
  readonly atMs: number;
  readonly total: number;
}

/** How fast a total grows, over about the last minute of readings. */
export class RateWindow {
  readonly #windowMs: number;
  readonly #readings: Reading[] = [];

  constructor(windowMs = 60_000) {
    this.#windowMs = windowMs;
  }

  /** Takes a reading; answers the growth per second since the oldest kept, 0 at the first. */
  perSecond(nowMs: number, total: number): number {
    const last = this.#readings.at(-1);
    if (last !== undefined && (total < last.total || nowMs < last.atMs)) this.#readings.length = 0;
    const oldest = this.#oldest(nowMs);
    this.#keep({ atMs: nowMs, total });
    if (oldest === undefined || nowMs <= oldest.atMs) return 0;
    return ((total - oldest.total) / (nowMs - oldest.atMs)) * 1_000;
  }

  /** The newest reading a window old stays as the base, so that slow readers have one at all. */
  #oldest(nowMs: number): Reading | undefined {
    const edge = nowMs - this.#windowMs;
    while ((this.#readings[1]?.atMs ?? Number.POSITIVE_INFINITY) <= edge) this.#readings.shift();
    return this.#readings[0];
  }

  /** Closer together than a sixtieth of the window adds nothing but memory. */
  #keep(reading: Reading): void {
    const before = this.#readings.at(-1);
    const close = before !== undefined && reading.atMs - before.atMs < this.#windowMs / 60;
    if (!close) this.#readings.push(reading);
  }
}
