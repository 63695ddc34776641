import type { Clock } from "./contracts/clock.js";

/** Resolves when a promise settles, either way, or after so long. */
export function atMost(
  clock: Pick<Clock, "after">,
  longestMs: number,
  promise: Promise<unknown>,
): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(longestMs, resolve);
    const settled = () => {
      cancel();
      resolve();
    };
    promise.then(settled, settled);
  });
}
