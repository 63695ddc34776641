import { beforeAbort } from "./before-abort.js";

/** So many at a time; the others wait in order. */
export class Turns {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Does the work when its turn comes. Rejects with the signal's reason where that aborts before. */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal);
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    let come = () => {};
    const turn = new Promise<void>((resolve) => {
      come = resolve;
    });
    this.#waiting.add(come);
    try {
      await beforeAbort(turn, signal);
    } catch (reason) {
      // The turn may have come at the very moment: then it is the next one's.
      if (!this.#waiting.delete(come)) this.#pass();
      throw reason;
    }
  }

  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
