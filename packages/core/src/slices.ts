import type { Cancel, Clock } from "./contracts/clock.js";
import type { Cost } from "./health/cost.js";

export interface SlicesParts {
  readonly clock: Pick<Clock, "monotonicMs" | "soon">;
  /** Longest time to hold the event loop before yielding to the host. */
  readonly sliceMs: number;
  /** Counts the time it takes. */
  readonly cost: Pick<Cost, "begin" | "end">;
  /** Does a bit, much less than a slice; false where nothing is left to do. After a throw it is for `start` to go on. */
  readonly work: (nowMs: number) => boolean;
  /** Told the time after each bit. */
  readonly onLook?: (nowMs: number) => void;
}

/** Work that is done bit by bit, until nothing is left, with a yield to the host after each slice of time. */
export class Slices {
  readonly #parts: SlicesParts;
  #cancel: Cancel | undefined;
  #running = false;

  constructor(parts: SlicesParts) {
    this.#parts = parts;
  }

  /** There is something to do: begins with it now, or goes on with it soon. */
  start(): void {
    if (!this.#running && this.#cancel === undefined) this.#slice();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #slice(): void {
    const { clock, cost, sliceMs } = this.#parts;
    this.#cancel = undefined;
    this.#running = true;
    cost.begin();
    try {
      if (this.#workUntil(clock.monotonicMs() + sliceMs)) this.#cancel = clock.soon(() => this.#slice());
    } finally {
      cost.end();
      this.#running = false;
    }
  }

  /** Whether there may be more to do. */
  #workUntil(dueMs: number): boolean {
    const { clock, work, onLook } = this.#parts;
    for (let nowMs = dueMs - this.#parts.sliceMs; nowMs < dueMs; ) {
      if (!work(nowMs)) return false;
      nowMs = clock.monotonicMs();
      onLook?.(nowMs);
    }
    return true;
  }
}
