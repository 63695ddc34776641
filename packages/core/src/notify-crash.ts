import type { Session } from "./sessions/session.js";

/** The part of `process` that is used, so that tests can give another. */
export interface CrashingProcess {
  on(event: "uncaughtExceptionMonitor", listener: () => void): unknown;
  off(event: "uncaughtExceptionMonitor", listener: () => void): unknown;
}

/**
 * Tells clients that the process is about to crash. Uses `uncaughtExceptionMonitor`, which changes neither the exit
 * code nor the stack that is printed. Returns what undoes it.
 */
export function notifyClientsOnCrash(process: CrashingProcess, sessions: ReadonlySet<Session>): () => void {
  const notify = () => {
    for (const session of sessions) {
      try {
        session.tell({ type: "error", code: "system_error", temporary: true });
      } catch {
        // A throw from here would take the place of the host's own, its exit code and its stack.
      }
    }
  };
  process.on("uncaughtExceptionMonitor", notify);
  return () => {
    process.off("uncaughtExceptionMonitor", notify);
  };
}
