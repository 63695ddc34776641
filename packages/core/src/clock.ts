import { performance } from "node:perf_hooks";
import type { Clock } from "./contracts/clock.js";

/** Node refuses longer delays and fires them at once. */
const longestDelayMs = 2_147_483_647;

/** The system's clock. No timer of it keeps the process alive. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  dateMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), longestDelayMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
  soon(run) {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  },
};
