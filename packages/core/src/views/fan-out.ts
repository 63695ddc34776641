import type { Cancel, Clock } from "../contracts/clock.js";
import type { Cost } from "../health/cost.js";
import type { View } from "./view.js";

export interface FanOutParts<S> {
  readonly clock: Clock;
  /** Longest time to hold the event loop before yielding to the host. */
  readonly sliceMs: number;
  readonly sessions: ReadonlySet<S>;
  /**
   * Brings it what a round has for it, at about `nowMs`. Answers how many bytes were written; Infinity where that says
   * nothing of the time it took.
   */
  readonly serve: (session: S, round: number, nowMs: number) => number;
  /** So many sessions were served so long after the tick. */
  readonly onServed: (afterMs: number, sessions: number) => void;
  /** All sessions were served. */
  readonly onEnd: () => void;
  /** A view or a session failed; the walk goes on without it. */
  readonly onFault: (cause: unknown, session?: S) => void;
  /** Counts the time the walk takes. */
  readonly cost: Pick<Cost, "begin" | "end">;
}

/** Written between two looks at the clock: some 200 µs, where a write costs 15 µs and one of 64 KB four times that. */
const bytesPerLook = 262_144;
/** What a write costs whatever its size, in bytes that would cost as much. */
const bytesPerWrite = 16_384;

/**
 * Brings a tick to everybody: builds the frames of watched views, then walks the sessions, in slices with a yield
 * between. A newer tick may begin before the walk has ended; cursors make that safe.
 */
export class FanOut<S> {
  readonly #parts: FanOutParts<S>;
  #toBuild: View[] = [];
  #walk: Iterator<S> | undefined;
  /** When a tick came during the walk: sessions already passed need another one. */
  #againMs: number | undefined;
  #tickMs = 0;
  /** One more with every tick, and with all that came with it. */
  #round = 0;
  #cancel: Cancel | undefined;

  constructor(parts: FanOutParts<S>) {
    this.#parts = parts;
  }

  /** Builds what an unfinished tick left: a view's chain has a frame for every tick. Called before values move on. */
  settle(): void {
    for (const view of this.#toBuild) this.#build(view);
    this.#toBuild = [];
  }

  start(views: readonly View[]): void {
    this.#toBuild.push(...views);
    this.#round++;
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#walk) {
      this.#againMs ??= nowMs;
      return;
    }
    this.#begin(nowMs);
    this.#slice();
  }

  stop(): void {
    this.#cancel?.();
    this.#toBuild = [];
    this.#walk = undefined;
    this.#againMs = undefined;
  }

  #begin(tickMs: number): void {
    this.#tickMs = tickMs;
    this.#againMs = undefined;
    // A Set's own iterator is safe while sessions come and go.
    this.#walk = this.#parts.sessions.values();
  }

  #slice(): void {
    this.#parts.cost.begin();
    this.#workUntilDue();
    this.#parts.cost.end();
  }

  #workUntilDue(): void {
    const { clock, sliceMs, onServed } = this.#parts;
    let nowMs = clock.monotonicMs();
    const dueMs = nowMs + sliceMs;
    for (let view = this.#toBuild.shift(); view; view = this.#toBuild.shift()) {
      this.#build(view);
      nowMs = clock.monotonicMs();
      if (nowMs >= dueMs) return this.#yield();
    }
    while (this.#walk) {
      const served = this.#serveSome(this.#walk, nowMs);
      nowMs = clock.monotonicMs();
      if (served > 0) onServed(nowMs - this.#tickMs, served);
      if (!this.#walk) this.#end();
      if (this.#walk && nowMs >= dueMs) return this.#yield();
    }
  }

  /** Serves until it is time to look at the clock again, or to the end of the walk. Answers how many. */
  #serveSome(walk: Iterator<S>, nowMs: number): number {
    let served = 0;
    for (let written = 0; written < bytesPerLook; written += bytesPerWrite) {
      const next = walk.next();
      if (next.done) {
        this.#walk = undefined;
        break;
      }
      written += this.#serve(next.value, nowMs);
      served++;
    }
    return served;
  }

  #end(): void {
    this.#parts.onEnd();
    if (this.#againMs !== undefined) this.#begin(this.#againMs);
  }

  #build(view: View): void {
    try {
      view.build();
    } catch (cause) {
      this.#parts.onFault(cause);
    }
  }

  #serve(session: S, nowMs: number): number {
    try {
      return this.#parts.serve(session, this.#round, nowMs);
    } catch (cause) {
      this.#parts.onFault(cause, session);
      return Infinity;
    }
  }

  #yield(): void {
    this.#cancel = this.#parts.clock.soon(() => this.#slice());
  }
}
