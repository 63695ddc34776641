import { performance } from "node:perf_hooks";
import type { Clock } from "./contracts/clock.js";

/** Node refuses longer delays and fires them at once. */
const longestDelayMs = 2_147_483_647;

/** The system's clock. No timer of it keeps the process alive. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  dateMs: () => Date.now(),
  after(delayMs, run) {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number) => {
      const later = leftMs - longestDelayMs;
      timer =
        later > 0 ? setTimeout(() => wait(later), longestDelayMs) : setTimeout(run, Math.max(leftMs, 0));
      timer.unref();
    };
    wait(delayMs);
    return () => clearTimeout(timer);
  },
  soon(run) {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  },
};
