interface Look {
  readonly atMs: number;
  readonly lateMs: number;
}

/** Fewer looks than this tell nothing, however long they took: one standstill is not pressure. */
const fewestLooks = 3;

/** How late the event loop was at the looks of the last seconds. */
export class Lateness {
  readonly #keepMs: number;
  #looks: Look[] = [];
  #sinceMs = Number.POSITIVE_INFINITY;

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  add(lateMs: number, nowMs: number): void {
    this.#looks.push({ atMs: nowMs, lateMs });
    const kept = this.#looks.findIndex(({ atMs }) => atMs > nowMs - this.#keepMs);
    if (kept > 0) this.#looks.splice(0, kept);
  }

  /** Begins anew: what was before tells nothing of what is now. */
  clear(nowMs: number): void {
    this.#looks = [];
    this.#sinceMs = nowMs;
  }

  /** Which part of the looks of the last `overMs` found it at least so late; undefined where there are not enough. */
  share(lateMs: number, overMs: number, nowMs: number): number | undefined {
    const recent = this.#recent(overMs, nowMs);
    if (recent === undefined) return undefined;
    return recent.filter((look) => look.lateMs >= lateMs).length / recent.length;
  }

  /** What half of the looks of the last `overMs` found, at least; undefined where there are not enough. */
  medianMs(overMs: number, nowMs: number): number | undefined {
    const recent = this.#recent(overMs, nowMs)?.sort((a, b) => a.lateMs - b.lateMs);
    return recent?.[Math.floor(recent.length / 2)]?.lateMs;
  }

  #recent(overMs: number, nowMs: number): Look[] | undefined {
    if (nowMs - this.#sinceMs < overMs) return undefined;
    const recent = this.#looks.filter(({ atMs }) => atMs > nowMs - overMs);
    return recent.length < fewestLooks ? undefined : recent;
  }
}
