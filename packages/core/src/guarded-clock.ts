import type { Clock } from "./contracts/clock.js";

/** A clock whose callbacks cannot hurt the host: what one throws is a fault of ours, and told as that. */
export function guardedClock(clock: Clock, onFault: (cause: unknown) => void): Clock {
  const guarded = (run: () => void) => () => {
    try {
      run();
    } catch (cause) {
      onFault(cause);
    }
  };
  return {
    monotonicMs: () => clock.monotonicMs(),
    dateMs: () => clock.dateMs(),
    after: (delayMs, run) => clock.after(delayMs, guarded(run)),
    soon: (run) => clock.soon(guarded(run)),
  };
}
