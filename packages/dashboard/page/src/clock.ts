/** The page's time and timers. */
export function nowMs(): number {
  return Date.now();
}

/** Runs again and again; returns what ends it. */
export function every(intervalMs: number, run: () => void): () => void {
  const timer = setInterval(run, intervalMs);
  return () => clearInterval(timer);
}

/** Runs once; returns what prevents it. */
export function after(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}

/** Milliseconds on a clock that never steps. */
export function monotonicMs(): number {
  return performance.now();
}
