import type { Cancel, Clock } from "../contracts/clock.js";

export interface LoopProbeParts {
  readonly clock: Pick<Clock, "monotonicMs" | "after">;
  readonly everyMs: number;
  /** By how much the event loop was late. */
  readonly onLook: (lateMs: number, nowMs: number) => void;
}

/** Looks again and again how late the event loop runs: by how much a timer of its own came after its time. */
export class LoopProbe {
  readonly #parts: LoopProbeParts;
  #cancel: Cancel | undefined;

  constructor(parts: LoopProbeParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#cancel?.();
    this.#schedule(this.#parts.clock.monotonicMs());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(nowMs: number): void {
    const { clock, everyMs } = this.#parts;
    this.#cancel = clock.after(everyMs, () => this.#look(nowMs + everyMs));
  }

  #look(dueMs: number): void {
    const nowMs = this.#parts.clock.monotonicMs();
    // First the next one: whoever hears of this look may stop us.
    this.#schedule(nowMs);
    this.#parts.onLook(Math.max(0, nowMs - dueMs), nowMs);
  }
}
