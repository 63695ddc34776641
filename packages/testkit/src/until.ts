import { setImmediate as immediate, setTimeout as sleep } from "node:timers/promises";

/**
 * Resolves once the condition holds; rejects with `what` when it does not within `deadlineMs`. For what happens in the
 * system (sockets, processes), where no clock can be moved by hand.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 5_000,
  what: string | (() => string) = "the condition",
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  for (let round = 0; !(await condition()); round += 1) {
    if (performance.now() > endMs) {
      throw new Error(`not within ${deadlineMs} ms: ${typeof what === "string" ? what : what()}`);
    }
    // Most conditions are one turn of the event loop away; the others should not cost a whole core.
    if (round < 20) await immediate();
    else await sleep(2);
  }
}
