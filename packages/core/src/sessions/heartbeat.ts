import { closeCodes } from "@metricast/protocol";
import type { Cancel, Clock } from "../contracts/clock.js";
import type { Stats } from "../health/stats.js";
import type { NumberOptions } from "../limit-options.js";
import type { Session } from "./session.js";

export interface HeartbeatParts {
  readonly clock: Clock;
  readonly options: Pick<
    NumberOptions,
    "heartbeatMs" | "deadAfterMs" | "helloTimeoutMs" | "stallLastValuesMs" | "stallCloseMs"
  >;
  readonly sessions: ReadonlySet<Session>;
  readonly stats: Stats;
  /** Wall time on a steady base. */
  readonly nowMs: () => number;
  /** Once per sweep, for whoever else has to look now and then. */
  readonly onSweep: (monotonicMs: number) => void;
}

const sweepsPerHeartbeat = 10;
const longestSweepMs = 1_000;

/** One timer for all sessions: pings, beats, and the ends that silence brings. */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #sweepMs: number;
  #cancel: Cancel | undefined;
  #lastSweepMs = 0;
  #running = false;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
    this.#sweepMs = Math.min(longestSweepMs, parts.options.heartbeatMs / sweepsPerHeartbeat);
  }

  start(): void {
    this.#running = true;
    this.#lastSweepMs = this.#parts.clock.monotonicMs();
    this.#schedule();
  }

  stop(): void {
    this.#running = false;
    this.#cancel?.();
  }

  #schedule(): void {
    this.#cancel = this.#parts.clock.after(this.#sweepMs, () => {
      this.#sweep();
      // A listener that hears of an ended session may have stopped us meanwhile.
      if (this.#running) this.#schedule();
    });
  }

  #sweep(): void {
    const now = this.#parts.clock.monotonicMs();
    const late = now - this.#lastSweepMs - this.#sweepMs;
    this.#lastSweepMs = now;
    // Our own loop stood still: pongs wait unread in the kernel, nobody is to blame for silence.
    if (late > this.#sweepMs) this.#forgive(late);
    for (const session of this.#parts.sessions) this.#look(session, now);
    this.#parts.onSweep(now);
  }

  #forgive(lateMs: number): void {
    for (const session of this.#parts.sessions) {
      session.lastHeardMs += lateMs;
      session.pingedMs += lateMs;
      session.openedMs += lateMs;
    }
  }

  #look(session: Session, now: number): void {
    const { options, stats } = this.#parts;
    if (!session.isOpen) return;
    if (!session.identity) {
      if (now - session.openedMs >= options.helloTimeoutMs) session.end(closeCodes.helloTimeout);
      return;
    }
    if (now - session.lastHeardMs >= options.deadAfterMs) {
      stats.dead++;
      session.end(closeCodes.noPong);
      session.connection.terminate();
      return;
    }
    if (now >= session.endsMs) return session.end(closeCodes.maxLifetime, 0);
    const { expiresMs } = session.identity;
    if (expiresMs !== undefined && expiresMs <= this.#parts.nowMs())
      return session.end(closeCodes.authExpired, 0);
    if (session.flight.isPinging && session.flight.bytes > 0)
      this.#lookForProgress(session, now - session.pingedMs);
    if (!session.isOpen) return;
    if (now - session.pingedMs >= options.heartbeatMs) session.ping();
    if (now - session.lastSentMs >= options.heartbeatMs) this.#beat(session);
  }

  #lookForProgress(session: Session, stalledMs: number): void {
    const { options } = this.#parts;
    if (stalledMs >= options.stallCloseMs) return session.end(closeCodes.slow, 0);
    if (stalledMs >= options.stallLastValuesMs) session.giveLastValuesOnly();
  }

  /** Browsers cannot see pings: a silent session gets a message instead. */
  #beat(session: Session): void {
    const heads = [...session.subscriptions].flatMap(({ view, headTick }) => [view, headTick]);
    session.tell({ type: "beat", serverTimeMs: Math.round(this.#parts.nowMs()), heads });
  }
}
