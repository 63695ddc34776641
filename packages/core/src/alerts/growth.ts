interface Mark {
  readonly atMs: number;
  readonly totals: readonly number[];
}

/** What values grew by over the last one to two windows, from two marks: a window of them would be kept for each series. */
export class Growth {
  readonly #windowMs: number;
  readonly #isCounter: boolean;
  #last: readonly number[] = [];
  #totals: readonly number[] = [];
  #base: Mark | undefined;
  #next: Mark | undefined;

  /** Counters begin anew where one of them falls. */
  constructor(windowMs: number, isCounter: boolean) {
    this.#windowMs = windowMs;
    this.#isCounter = isCounter;
  }

  take(values: readonly number[], nowMs: number): void {
    const last = this.#last;
    this.#last = values;
    if (this.#next === undefined) {
      this.#totals = values.map(() => 0);
      this.#base = this.#next = { atMs: nowMs, totals: this.#totals };
      return;
    }
    // It stood still for so long that nobody looked: it did until a window ago, too.
    if (nowMs - this.#next.atMs >= 2 * this.#windowMs)
      this.#base = this.#next = { atMs: nowMs - this.#windowMs, totals: this.#totals };
    const isAnew = this.#isCounter && values.some((value, at) => value < (last[at] ?? 0));
    this.#totals = this.#totals.map((total, at) => {
      const grown = (values[at] ?? 0) - (isAnew ? 0 : (last[at] ?? 0));
      return Number.isFinite(grown) ? total + grown : total;
    });
  }

  /** Undefined until some time has passed. */
  read(nowMs: number): { readonly ms: number; readonly grown: readonly number[] } | undefined {
    if (this.#next !== undefined && nowMs - this.#next.atMs >= this.#windowMs) {
      this.#base = this.#next;
      this.#next = { atMs: nowMs, totals: this.#totals };
    }
    const base = this.#base;
    if (base === undefined || nowMs <= base.atMs) return undefined;
    return { ms: nowMs - base.atMs, grown: this.#totals.map((total, at) => total - (base.totals[at] ?? 0)) };
  }
}
