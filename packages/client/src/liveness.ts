import { Alarm } from "./alarm.js";
import type { ClientClock } from "./clock.js";

/** A timer this late says that the process or tab slept: what came meanwhile has not been read yet. */
const sleptMs = 1_000;

export interface LivenessEvents {
  /** Asks the peer for a sign of life; false where it cannot be asked. */
  probe(): boolean;
  dead(): void;
}

/** Tells when nothing was heard for too long. One timer, which hearing does not touch. */
export class Liveness {
  readonly #clock: ClientClock;
  readonly #events: LivenessEvents;
  readonly #alarm: Alarm;
  #silenceMs = 0;
  #heardMs = 0;
  #deadlineMs = 0;
  #probing = false;

  constructor(clock: ClientClock, events: LivenessEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#alarm = new Alarm(clock, () => this.#check());
  }

  /** Watches from now on for a silence of so long. */
  watch(silenceMs: number): void {
    this.#silenceMs = silenceMs;
    this.heard();
    this.#alarm.set(silenceMs);
  }

  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
    this.#deadlineMs = this.#heardMs + this.#silenceMs;
    this.#probing = false;
  }

  /** The network or the tab came back: after a third of the silence allowed, a sign of life is due. */
  wake(): void {
    if (this.#clock.monotonicMs() - this.#heardMs >= this.#silenceMs / 3) this.#probe();
  }

  stop(): void {
    this.#alarm.stop();
  }

  #check(): void {
    const lateMs = this.#clock.monotonicMs() - this.#deadlineMs;
    if (lateMs < 0) this.#alarm.set(-lateMs);
    else if (lateMs < sleptMs || !this.#probe()) this.#events.dead();
  }

  #probe(): boolean {
    if (this.#probing || !this.#events.probe()) return false;
    this.#probing = true;
    const graceMs = this.#silenceMs / 3;
    this.#deadlineMs = this.#clock.monotonicMs() + graceMs;
    this.#alarm.set(graceMs);
    return true;
  }
}
