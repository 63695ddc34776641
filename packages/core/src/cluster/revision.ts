import type { Cancel, Clock } from "../contracts/clock.js";

const leastMs = 2_000;

/**
 * Gathers what changed of the past, and tells it as one range: at once, and then not again for a while. Not while its last
 * tick is the newest that is shown: whoever comes meanwhile is shown that as it was closed, and has to hear of it, too.
 */
export class Revision {
  readonly #clock: Pick<Clock, "monotonicMs" | "after">;
  readonly #everyMs: number;
  readonly #tell: (fromTick: number, toTick: number) => void;
  #range: { readonly fromTick: number; readonly toTick: number } | undefined;
  #shown = Number.NEGATIVE_INFINITY;
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
    this.#tellSoon();
  }

  /** From now on a tick is the newest that is shown. */
  show(tick: number): void {
    this.#shown = tick;
    this.#tellSoon();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#range = undefined;
  }

  #tellSoon(): void {
    if (this.#range === undefined || this.#range.toTick >= this.#shown) return;
    // Never within the turn: what is late comes in numbers.
    const waitMs = Math.max(0, this.#toldMs + this.#everyMs - this.#clock.monotonicMs());
    this.#cancel ??= this.#clock.after(waitMs, () => this.#tellNow());
  }

  #tellNow(): void {
    this.#cancel = undefined;
    const range = this.#range;
    // Meanwhile it may have come to reach up to the newest.
    if (range === undefined || range.toTick >= this.#shown) return;
    this.#range = undefined;
    this.#toldMs = this.#clock.monotonicMs();
    this.#tell(range.fromTick, range.toTick);
  }
}
