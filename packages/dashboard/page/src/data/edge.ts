/** What a newest point may lag behind the server's time without being late, in intervals. */
const graceIntervals = 2.5;

/**
 * Where "now" is: at the newest frame while frames come; when they stop it goes on with the server's time, so that what is
 * missing is seen to grow.
 */
export class Edge {
  #headMs = 0;
  /** How far the server's clock is ahead of this machine's, at least. */
  #aheadMs = Number.NEGATIVE_INFINITY;
  /** How often frames come at least; a minute until that is known. */
  #intervalMs = 60_000;

  /** `intervalMs`: where the next frame is sure to come after so long. */
  frame(timeMs: number, nowMs: number, intervalMs?: number): void {
    this.#headMs = Math.max(this.#headMs, timeMs);
    this.#aheadMs = Math.max(this.#aheadMs, timeMs - nowMs);
    if (intervalMs !== undefined) this.#intervalMs = Math.min(Math.max(intervalMs, 100), 60_000);
  }

  /** Another connection may be to another clock. */
  reconnected(): void {
    this.#aheadMs = Number.NEGATIVE_INFINITY;
  }

  get headMs(): number {
    return this.#headMs;
  }

  /** The server's time, as far as frames tell. */
  serverMs(nowMs: number): number {
    return Number.isFinite(this.#aheadMs) ? nowMs + this.#aheadMs : nowMs;
  }

  /** How old the newest point is. */
  ageMs(nowMs: number): number {
    return this.#headMs === 0 ? Number.NaN : Math.max(0, this.serverMs(nowMs) - this.#headMs);
  }

  isLate(nowMs: number): boolean {
    return this.ageMs(nowMs) > this.#intervalMs * graceIntervals;
  }

  at(nowMs: number): number {
    if (this.#headMs === 0) return nowMs;
    return this.isLate(nowMs) ? this.serverMs(nowMs) : this.#headMs;
  }
}
