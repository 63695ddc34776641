import type { Cancel, Clock } from "../contracts/clock.js";

export interface MergedTicksParts {
  readonly intervalMs: number;
  readonly clock: Pick<Clock, "monotonicMs" | "after">;
  /** Wall time on a steady base: ticks are of it. */
  readonly nowMs: () => number;
  /** While the store is away nobody is waited for. */
  readonly isDegraded: () => boolean;
  /** All that there is of a tick is there; `missing` did not reach it. */
  readonly close: (tick: number, missing: readonly string[]) => void;
}

interface Participant {
  /** The newest tick it has told of. */
  reached: number;
  /** Whether it keeps up, so that it is waited for. */
  isLevel: boolean;
  /** Until when it is named though nothing has been heard of it: it may have no such channel. */
  readonly expectedUntilMs: number;
}

const longestGraceMs = 2_000;
/** Who joins reads its past before its first tick. */
const expectedMs = 15_000;

/**
 * When a tick of all instances is closed: as soon as each that keeps up has reached it, at the latest after the grace. Ticks
 * close in order. Who missed one is not waited for until a tick of its comes in time again.
 */
export class MergedTicks {
  readonly #parts: MergedTicksParts;
  readonly #graceMs: number;
  readonly #participants = new Map<string, Participant>();
  /** Ticks that are not closed, and until when each waits. */
  readonly #open = new Map<number, number>();
  #closed = Number.NEGATIVE_INFINITY;
  /** Until when the last closed tick would have waited. */
  #closedUntilMs = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | undefined;

  /** `after`: ticks up to there are closed already. */
  constructor(parts: MergedTicksParts, after: number) {
    this.#parts = parts;
    this.#graceMs = Math.min(parts.intervalMs, longestGraceMs);
    this.#closed = after;
  }

  /** The newest tick that is closed. */
  get closed(): number {
    return this.#closed;
  }

  /** `isCertain`: it has such a channel, however long its first tick takes. */
  join(name: string, isCertain = false): void {
    const { clock, intervalMs } = this.#parts;
    const expectedUntilMs = isCertain ? Infinity : clock.monotonicMs() + expectedMs + 2 * intervalMs;
    this.#participants.set(name, { reached: Number.NEGATIVE_INFINITY, isLevel: true, expectedUntilMs });
  }

  /** Nobody waits for it any more. */
  leave(name: string): void {
    this.#participants.delete(name);
    this.look();
  }

  /** A batch came; false where its tick is closed already. */
  arrived(name: string, tick: number): boolean {
    const participant = this.#participants.get(name);
    if (participant) participant.reached = Math.max(participant.reached, tick);
    const isOpen = tick > this.#closed;
    if (isOpen && !this.#open.has(tick)) this.#open.set(tick, this.#deadlineOf(tick));
    const inTime =
      isOpen || (tick === this.#closed && this.#parts.clock.monotonicMs() <= this.#closedUntilMs);
    if (participant && inTime) participant.isLevel = true;
    this.look();
    return isOpen;
  }

  /** Closes what need not wait any longer. */
  look(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (let tick = this.#next(); tick !== undefined; tick = this.#next()) {
      // None waits longer for one that came after it.
      const untilMs = Math.min(...this.#open.values());
      const leftMs = untilMs - this.#parts.clock.monotonicMs();
      if (leftMs > 0 && this.#isAwaited(tick)) {
        this.#cancel = this.#parts.clock.after(leftMs, () => this.look());
        return;
      }
      this.#close(tick, untilMs);
    }
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#open.clear();
    this.#participants.clear();
  }

  #next(): number | undefined {
    let next: number | undefined;
    for (const tick of this.#open.keys()) if (next === undefined || tick < next) next = tick;
    return next;
  }

  #isAwaited(tick: number): boolean {
    if (this.#parts.isDegraded()) return false;
    for (const { isLevel, reached } of this.#participants.values())
      if (isLevel && reached < tick) return true;
    return false;
  }

  #close(tick: number, untilMs: number): void {
    this.#open.delete(tick);
    this.#closed = tick;
    this.#closedUntilMs = untilMs;
    const missing: string[] = [];
    for (const [name, participant] of this.#participants) {
      if (participant.reached >= tick) continue;
      participant.isLevel = false;
      if (this.#isExpected(participant)) missing.push(name);
    }
    this.#parts.close(tick, missing.sort());
  }

  #isExpected({ reached, expectedUntilMs }: Participant): boolean {
    const { clock, isDegraded } = this.#parts;
    return reached > Number.NEGATIVE_INFINITY || isDegraded() || clock.monotonicMs() < expectedUntilMs;
  }

  /** A tick of an instance whose clock is ahead waits until it is due here. */
  #deadlineOf(tick: number): number {
    const { clock, nowMs, intervalMs } = this.#parts;
    const earlyMs = Math.max(0, tick * intervalMs - nowMs());
    return clock.monotonicMs() + earlyMs + this.#graceMs;
  }
}
