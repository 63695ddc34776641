import type { Cancel, Clock } from "../contracts/clock.js";
import type { Cost } from "../health/cost.js";
import type { View } from "./view.js";

export interface FanOutParts<S> {
  readonly clock: Clock;
  /** Longest time to hold the event loop before yielding to the host. */
  readonly sliceMs: number;
  readonly sessions: ReadonlySet<S>;
  readonly serve: (session: S) => void;
  /** So many sessions were served so long after the tick. */
  readonly onServed: (afterMs: number, sessions: number) => void;
  /** A view or a session failed; the walk goes on without it. */
  readonly onFault: (cause: unknown, session?: S) => void;
  /** Counts the time the walk takes. */
  readonly cost: Pick<Cost, "begin" | "end">;
}

/** Sessions served between two looks at the clock. */
const sessionsPerLook = 16;

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
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#walk) this.#againMs ??= nowMs;
    else this.#begin(nowMs);
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
    this.#slice();
  }

  #slice(): void {
    this.#parts.cost.begin();
    this.#workUntilDue();
    this.#parts.cost.end();
  }

  #workUntilDue(): void {
    const { clock, sliceMs } = this.#parts;
    const endMs = clock.monotonicMs() + sliceMs;
    for (let view = this.#toBuild.shift(); view; view = this.#toBuild.shift()) {
      this.#build(view);
      if (clock.monotonicMs() >= endMs) return this.#yield();
    }
    while (this.#serveSome()) if (clock.monotonicMs() >= endMs) return this.#yield();
    this.#walk = undefined;
    if (this.#againMs !== undefined) this.#begin(this.#againMs);
  }

  /** False at the end of the walk. */
  #serveSome(): boolean {
    let served = 0;
    let next = this.#walk?.next();
    while (next && !next.done) {
      this.#serve(next.value);
      if (++served === sessionsPerLook) break;
      next = this.#walk?.next();
    }
    if (served > 0) this.#parts.onServed(this.#parts.clock.monotonicMs() - this.#tickMs, served);
    return served === sessionsPerLook;
  }

  #build(view: View): void {
    try {
      view.build();
    } catch (cause) {
      this.#parts.onFault(cause);
    }
  }

  #serve(session: S): void {
    try {
      this.#parts.serve(session);
    } catch (cause) {
      this.#parts.onFault(cause, session);
    }
  }

  #yield(): void {
    this.#cancel = this.#parts.clock.soon(() => this.#slice());
  }
}
