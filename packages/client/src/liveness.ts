import { Alarm, minTimerMs } from "./alarm.js";
import type { ClientClock } from "./clock.js";

export interface LivenessEvents {
  /** Asks the peer for a sign of life; false where it cannot be asked. */
  probe(): boolean;
  dead(): void;
}

/** Asks once when nothing was heard for too long, as after a sleep, then tells. One timer, which hearing does not touch. */
export class Liveness {
  readonly #clock: ClientClock;
  readonly #events: LivenessEvents;
  readonly #alarm: Alarm;
  #silenceMs = 0;
  #heardMs = 0;
  #isProbing = false;

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
    this.#isProbing = false;
  }

  stop(): void {
    this.#alarm.stop();
  }

  #check(): void {
    const leftMs = this.#heardMs + this.#silenceMs - this.#clock.monotonicMs();
    if (leftMs > 0) return this.#alarm.set(Math.max(minTimerMs, leftMs));
    if (this.#isProbing || !this.#events.probe()) return this.#events.dead();
    this.#isProbing = true;
    this.#alarm.set(this.#silenceMs / 3);
  }
}
