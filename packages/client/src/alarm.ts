import type { Cancel, ClientClock } from "./clock.js";

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
    const ring = () => {
      this.#cancel = undefined;
      this.#ring();
    };
    this.#cancel = delayMs > 0 ? this.#clock.after(delayMs, ring) : this.#clock.soon(ring);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
