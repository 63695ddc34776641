/** The part of `process` that is used, so that tests can give another. */
export interface SignalledProcess {
  readonly pid: number;
  on(event: NodeJS.Signals, listener: () => void): unknown;
  off(event: NodeJS.Signals, listener: () => void): unknown;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}

/**
 * Closes at a signal, then takes its own listeners off and sends the signal again, so that the process ends as it
 * would have without. Returns what undoes it.
 */
export function closeOnSignals(
  process: SignalledProcess,
  signals: readonly NodeJS.Signals[],
  close: () => Promise<void>,
): () => void {
  const listeners = signals.map((signal) => ({ signal, listener: () => void end(signal) }));
  const undo = () => {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  };
  const end = async (signal: NodeJS.Signals) => {
    undo();
    await close();
    process.kill(process.pid, signal);
  };
  for (const { signal, listener } of listeners) process.on(signal, listener);
  return undo;
}
