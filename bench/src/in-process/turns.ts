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
