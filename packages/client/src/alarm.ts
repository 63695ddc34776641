import type { Cancel, ClientClock } from "./clock.js";

/** However little is left: no number of a server's makes a timer shorter. */
export const minTimerMs = 100;

/** One timer for one purpose: setting it anew forgets the time before. */
export class Alarm {
  readonly #clock: ClientClock;
  readonly #ring: () => void;
  #cancel: Cancel | undefined;

  constructor(clock: ClientClock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Without a delay: once what runs now has ended. */
  set(delayMs = 0): void {
    this.stop();
    this.#cancel = delayMs > 0 ? this.#clock.after(delayMs, this.#ring) : this.#clock.soon(this.#ring);
  }

  stop(): void {
    this.#cancel?.();
  }
}
