import { closeCodes } from "@metricast/protocol";
import type { Cancel, Clock } from "../contracts/clock.js";
import type { Cost } from "../health/cost.js";
import type { Stats } from "../health/stats.js";
import type { NumberOptions } from "../limit-options.js";
import { Slices } from "../slices.js";
import type { Session } from "./session.js";

export interface HeartbeatParts {
  readonly clock: Clock;
  readonly options: Pick<
    NumberOptions,
    | "heartbeatMs"
    | "deadAfterMs"
    | "helloTimeoutMs"
    | "recheckMs"
    | "stallLastValuesMs"
    | "stallCloseMs"
    | "fanOutSliceMs"
  >;
  readonly sessions: ReadonlySet<Session>;
  readonly stats: Stats;
  /** Counts the time the sweeps take. */
  readonly cost: Pick<Cost, "begin" | "end">;
  /** Wall time on a steady base. */
  readonly nowMs: () => number;
  /** Asks again what a session may watch; absent where the host is not to be asked. */
  readonly recheck?: (session: Session) => void;
  /** Once per sweep, for whoever else has to look now and then. */
  readonly onSweep: (monotonicMs: number) => void;
}

const sweepsPerHeartbeat = 10;
const longestSweepMs = 1_000;
/** How long the end of a session may take. */
const closingMs = 10_000;

/** Sessions looked at, and those of them written to, between two looks at the clock. */
const looksPerLook = 256;
const writesPerLook = 16;

/** One timer for all sessions: pings, beats, and the ends that silence brings. */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #slices: Slices;
  readonly #sweepMs: number;
  #cancel: Cancel | undefined;
  #lastSweepMs = 0;
  #walk: Iterator<Session> | undefined;

  constructor(parts: HeartbeatParts) {
    const { clock, options, cost } = parts;
    this.#parts = parts;
    this.#sweepMs = Math.min(longestSweepMs, options.heartbeatMs / sweepsPerHeartbeat);
    this.#slices = new Slices({
      clock,
      sliceMs: options.fanOutSliceMs,
      cost,
      work: (nowMs) => this.#lookAtSome(nowMs),
    });
  }

  start(): void {
    this.#lastSweepMs = this.#parts.clock.monotonicMs();
    this.#schedule();
  }

  stop(): void {
    this.#cancel?.();
    this.#slices.stop();
    this.#walk = undefined;
  }

  #schedule(): void {
    this.#cancel = this.#parts.clock.after(this.#sweepMs, () => {
      // First, as a listener that hears of an ended session may stop us.
      this.#schedule();
      this.#sweep();
    });
  }

  #sweep(): void {
    const now = this.#parts.clock.monotonicMs();
    const late = now - this.#lastSweepMs - this.#sweepMs;
    this.#lastSweepMs = now;
    // Our own loop stood still: pongs wait unread in the kernel, nobody is to blame for silence.
    if (late > this.#sweepMs) this.#forgive(late);
    this.#walk ??= this.#parts.sessions.values();
    this.#slices.start();
    this.#parts.onSweep(now);
  }

  /** False where all were looked at. Pings of many that came together would otherwise hold up the host. */
  #lookAtSome(nowMs: number): boolean {
    for (let looks = 0, writes = 0; looks < looksPerLook && writes < writesPerLook; looks++) {
      const next = this.#walk?.next();
      if (!next || next.done) {
        this.#walk = undefined;
        return false;
      }
      const { lastSentMs, pingedMs } = next.value;
      this.#look(next.value, nowMs);
      if (next.value.lastSentMs !== lastSentMs || next.value.pingedMs !== pingedMs) writes++;
    }
    return true;
  }

  #forgive(byMs: number): void {
    const lateMs = Math.floor(byMs);
    for (const session of this.#parts.sessions) {
      session.lastHeardMs += lateMs;
      session.pingedMs += lateMs;
      session.openedMs += lateMs;
    }
  }

  #look(session: Session, now: number): void {
    const { options, stats } = this.#parts;
    if (!session.isOpen) return this.#lookAfter(session, now);
    if (!session.identity) {
      if (now - session.openedMs >= options.helloTimeoutMs) session.end(closeCodes.helloTimeout);
      return;
    }
    const { oneWay = false } = session.connection;
    if (!oneWay && now - session.lastHeardMs >= options.deadAfterMs) {
      stats.dead++;
      session.end(closeCodes.noPong);
      session.connection.terminate();
      return;
    }
    if (now >= session.endsMs) return session.end(closeCodes.maxLifetime, 0);
    const { expiresMs } = session.identity;
    if (expiresMs !== undefined && expiresMs <= this.#parts.nowMs())
      return session.end(closeCodes.authExpired, 0);
    if (now >= session.recheckAtMs) {
      session.recheckAtMs = now + options.recheckMs;
      this.#parts.recheck?.(session);
    }
    this.#lookForProgress(session, session.stalledMs(now));
    if (!session.isOpen) return;
    // A beat takes the ping along.
    if (now - session.lastSentMs >= options.heartbeatMs) this.#beat(session);
    if (now - session.pingedMs >= options.heartbeatMs) session.ping();
  }

  #lookForProgress(session: Session, stalledMs: number): void {
    const { options } = this.#parts;
    if (stalledMs >= options.stallCloseMs) return session.end(closeCodes.slow, 0);
    if (stalledMs >= options.stallLastValuesMs) session.giveLastValuesOnly();
  }

  /** It was ended, and a client that does not read would keep its socket for ever. */
  #lookAfter({ connection, lastSentMs }: Session, now: number): void {
    if (now - lastSentMs >= closingMs) connection.terminate();
  }

  /** Browsers cannot see pings: a silent session gets a message instead. */
  #beat(session: Session): void {
    const heads = [...session.subscriptions].flatMap(({ view, headTick }) => [view, headTick]);
    session.tell({ type: "beat", serverTimeMs: Math.round(this.#parts.nowMs()), heads });
  }
}
