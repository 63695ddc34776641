/** Where time comes from. Tests move a manual clock; nothing in core reads the system's. */
export interface Clock {
  /** Milliseconds on a clock that never steps. */
  monotonicMs(): number;
  /** The wall clock as the system has it now, milliseconds since the Unix epoch; it may step. */
  dateMs(): number;
  /** Runs once after a delay; never keeps a process alive. */
  after(delayMs: number, run: () => void): Cancel;
  /** Runs once after pending input and output were served. */
  soon(run: () => void): Cancel;
}

export type Cancel = () => void;
