import type { Cancel, Clock } from "../contracts/clock.js";

const leastMs = 2_000;

/** Gathers what changed of the past, and tells it as one range: at once, and then not again for a while. */
export class Revision {
  readonly #clock: Pick<Clock, "monotonicMs" | "after">;
  readonly #everyMs: number;
  readonly #tell: (fromTick: number, toTick: number) => void;
  #range: { readonly fromTick: number; readonly toTick: number } | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | undefined;

  constructor(
    clock: Pick<Clock, "monotonicMs" | "after">,
    intervalMs: number,
    tell: (fromTick: number, toTick: number) => void,
  ) {
    this.#clock = clock;
    this.#everyMs = Math.max(leastMs, intervalMs);
    this.#tell = tell;
  }

  /** The past over (fromTick, toTick] is another now. */
  note(fromTick: number, toTick: number): void {
    const { fromTick: from = fromTick, toTick: to = toTick } = this.#range ?? {};
    this.#range = { fromTick: Math.min(from, fromTick), toTick: Math.max(to, toTick) };
    // Never within the turn: what is late comes in numbers.
    const waitMs = Math.max(0, this.#toldMs + this.#everyMs - this.#clock.monotonicMs());
    this.#cancel ??= this.#clock.after(waitMs, () => this.#tellNow());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#range = undefined;
  }

  #tellNow(): void {
    this.#cancel = undefined;
    const range = this.#range;
    this.#range = undefined;
    if (range === undefined) return;
    this.#toldMs = this.#clock.monotonicMs();
    this.#tell(range.fromTick, range.toTick);
  }
}
