import type { Clock } from "../contracts/clock.js";
import type { Cost } from "../health/cost.js";
import { Slices } from "../slices.js";
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
  readonly #slices: Slices;
  #toBuild: View[] = [];
  #walk: Iterator<S> | undefined;
  /** When a tick came during the walk: sessions already passed need another one. */
  #againMs: number | undefined;
  #tickMs = 0;
  /** One more with every tick, and with all that came with it. */
  #round = 0;
  /** Sessions served since the last look at the clock. */
  #served = 0;

  constructor(parts: FanOutParts<S>) {
    const { clock, sliceMs, cost } = parts;
    this.#parts = parts;
    const work = (nowMs: number) => this.#work(nowMs);
    const onLook = (nowMs: number) => this.#tellServed(nowMs);
    this.#slices = new Slices({ clock, sliceMs, cost, work, onLook });
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
    if (this.#walk) this.#againMs ??= nowMs;
    else this.#begin(nowMs);
    this.#slices.start();
  }

  stop(): void {
    this.#slices.stop();
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

  #work(nowMs: number): boolean {
    const view = this.#toBuild.shift();
    if (view) this.#build(view);
    else if (this.#walk) this.#serveSome(this.#walk, nowMs);
    else if (this.#againMs !== undefined) this.#begin(this.#againMs);
    else return false;
    return true;
  }

  /** Serves until it is time to look at the clock again, or to the end of the walk. */
  #serveSome(walk: Iterator<S>, nowMs: number): void {
    for (let written = 0; written < bytesPerLook; written += bytesPerWrite) {
      const next = walk.next();
      if (next.done) {
        this.#walk = undefined;
        this.#parts.onEnd();
        return;
      }
      written += this.#serve(next.value, nowMs);
      this.#served++;
    }
  }

  #tellServed(nowMs: number): void {
    if (this.#served > 0) this.#parts.onServed(nowMs - this.#tickMs, this.#served);
    this.#served = 0;
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
}
