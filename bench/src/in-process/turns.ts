const deadlineMs = 20_000;

/** One turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Turn after turn until the condition holds; rejects where it does not in time. At least one. */
export async function turnsUntil(condition: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  do {
    await nextTurn();
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
  } while (!condition());
}

/** CPU of the process so far, microseconds: what others do on the core is not in it. */
export function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** What a tick takes where nobody disturbs it: a quarter of them took less. */
export function undisturbed(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 2] ?? Number.NaN;
}
