import type { Cancel, Clock } from "../contracts/clock.js";

export interface TickerParts {
  readonly intervalMs: number;
  readonly clock: Pick<Clock, "after">;
  /** Milliseconds since the Unix epoch, by a clock that is steady but may jump. */
  readonly time: { nowMs(): number };
  /** Called with each tick, ascending; false where it is not used, and may come again. Must not throw. */
  readonly onTick: (tick: number) => boolean;
}

/** What there is at least before the first tick, where that is not at once. */
const leadMs = 250;

/**
 * Names ticks as time goes by. A tick is what the clock says when the timer fires, but never one that was already
 * named: timers fire early, clocks step back. After a stall or a step forward it goes on with the tick of now; the
 * ones between were never sampled. Nor are those that it is told to leave out.
 */
export class Ticker {
  readonly #parts: TickerParts;
  #lastTick = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | undefined;
  #running = false;
  #everyTicks = 1;

  constructor(parts: TickerParts) {
    this.#parts = parts;
  }

  /** Names the current tick at once, or waits for the next, then one per interval. */
  start(atOnce = true): void {
    if (this.#running) return;
    this.#running = true;
    if (atOnce) this.#fire(this.#currentTick());
    else this.#fireLater();
  }

  stop(): void {
    this.#running = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** From now on names one tick in so many, the multiples; after a long wait the next one is near again at once. */
  nameEvery(ticks: number): void {
    if (ticks === this.#everyTicks) return;
    this.#everyTicks = ticks;
    if (this.#running) this.#schedule();
  }

  /** Names the current tick now where it was not named yet, or not used. */
  fireSoon(): void {
    const tick = this.#currentTick();
    if (this.#running && tick > this.#lastTick) this.#fire(tick);
  }

  #currentTick(): number {
    return Math.floor(this.#parts.time.nowMs() / this.#parts.intervalMs);
  }

  #fire(tick: number): void {
    this.#cancel?.();
    const before = this.#lastTick;
    this.#lastTick = tick;
    if (!this.#parts.onTick(tick)) this.#lastTick = before;
    if (this.#running) this.#schedule();
  }

  /** Whoever waits for it has yet to hear that there is one. */
  #fireLater(): void {
    const { time, intervalMs } = this.#parts;
    this.#lastTick = Math.floor((time.nowMs() + Math.min(intervalMs / 4, leadMs)) / intervalMs);
    this.#schedule();
  }

  #schedule(): void {
    this.#cancel?.();
    const { clock, time, intervalMs } = this.#parts;
    const every = this.#everyTicks;
    const next = Math.ceil((Math.max(this.#lastTick, this.#currentTick()) + 1) / every) * every;
    // Longer than from one to the next by what a timer may have fired early; far longer only when the clock stepped
    // back, and then ticks go on, a little slower, until time has caught up with them.
    const delayMs = Math.min(next * intervalMs - time.nowMs(), (every + 0.25) * intervalMs);
    this.#cancel = clock.after(delayMs, () => this.#fire(Math.max(next, this.#currentTick())));
  }
}
