import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** Between two looks at the event loop: often enough for a p99, rare enough to cost nothing. */
const resolutionMs = 20;

export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Delay of the event loop since the last reading. Node's own monitor, which never keeps a process alive. */
export class EventLoopDelay {
  #histogram: IntervalHistogram | undefined;

  /** Begins at the first call, which has nothing to tell yet. */
  read(): LoopDelay | undefined {
    const histogram = this.#histogram;
    if (histogram === undefined) {
      this.#histogram = monitorEventLoopDelay({ resolution: resolutionMs });
      this.#histogram.enable();
      return undefined;
    }
    if (histogram.count === 0) return undefined;
    const delay = {
      p50Ms: late(histogram.percentile(50)),
      p99Ms: late(histogram.percentile(99)),
      maxMs: late(histogram.max),
    };
    histogram.reset();
    return delay;
  }

  close(): void {
    this.#histogram?.disable();
    this.#histogram = undefined;
  }
}

/** The monitor counts nanoseconds from one look to the next, its own interval included. */
function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - resolutionMs);
}
