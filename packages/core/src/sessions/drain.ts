import { closeCodes } from "@metricast/protocol";
import type { Clock } from "../contracts/clock.js";
import type { Random } from "../contracts/random.js";
import type { Session } from "./session.js";

export interface DrainParts {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly sessions: ReadonlySet<Session>;
}

const batches = 20;

/** Closes all sessions with 1012, in even batches over a time, each told a different moment to come back. */
export async function drainSessions(parts: DrainParts, drainMs: number): Promise<void> {
  const leaving = [...parts.sessions];
  const perBatch = Math.max(1, Math.ceil(leaving.length / batches));
  const pauseMs = drainMs / batches;
  for (let at = 0; at < leaving.length; at += perBatch) {
    for (const session of leaving.slice(at, at + perBatch)) {
      session.end(closeCodes.restart, parts.random.fraction() * Math.max(1_000, drainMs));
    }
    if (at + perBatch < leaving.length && pauseMs > 0) await pause(parts.clock, pauseMs);
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resume) => {
    clock.after(ms, resume);
  });
}
