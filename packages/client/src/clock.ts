/** Where the client's time comes from. Tests move a manual clock. */
export interface ClientClock {
  /** Milliseconds on a clock that never steps. */
  monotonicMs(): number;
  /** The wall clock, milliseconds since the Unix epoch. */
  dateMs(): number;
  /** Runs once after a delay. */
  after(delayMs: number, run: () => void): Cancel;
  /** Runs once after what runs now has ended. */
  soon(run: () => void): Cancel;
}

export type Cancel = () => void;

/** Where the client's jitter comes from: a number in [0, 1). */
export interface ClientRandom {
  fraction(): number;
}

export const systemClock: ClientClock = {
  monotonicMs: () => performance.now(),
  dateMs: () => Date.now(),
  after: startTimer,
  soon: (run) => startTimer(0, run),
};

export const systemRandom: ClientRandom = { fraction: () => Math.random() };

function startTimer(delayMs: number, run: () => void): Cancel {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
