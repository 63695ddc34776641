import type { Clock } from "./contracts/clock.js";
import type { Cost } from "./health/cost.js";

/**
 * A clock whose callbacks cannot hurt the host: what one throws is a fault of ours, and told as that; the time that all
 * of them take is counted.
 */
export function guardedClock(
  clock: Clock,
  cost: Pick<Cost, "begin" | "end">,
  onFault: (cause: unknown) => void,
): Clock {
  const guarded = (run: () => void) => () => {
    cost.begin();
    try {
      run();
    } catch (cause) {
      onFault(cause);
    }
    cost.end();
  };
  return {
    monotonicMs: () => clock.monotonicMs(),
    dateMs: () => clock.dateMs(),
    after: (delayMs, run) => clock.after(delayMs, guarded(run)),
    soon: (run) => clock.soon(guarded(run)),
  };
}
