import type { Clock } from "../contracts/clock.js";

export interface AttentionParts {
  readonly isWatched: () => boolean;
  /** How long somebody who left counts as being there. */
  readonly lingerMs: number;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** Whether lazy sources are worth reading: somebody watches, or did a moment ago, so that a reloaded page finds no hole. */
export class Attention {
  readonly #parts: AttentionParts;
  #watchedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: AttentionParts) {
    this.#parts = parts;
  }

  /** To be asked at every tick: between two it is not known who was there. */
  isPaid(): boolean {
    const { isWatched, lingerMs, clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (!isWatched()) return nowMs - this.#watchedMs < lingerMs;
    this.#watchedMs = nowMs;
    return true;
  }
}
