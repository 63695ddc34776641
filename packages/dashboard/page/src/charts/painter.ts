import { monotonicMs } from "../clock.js";

/** Milliseconds of a frame that painting may take; what is left is painted in the next. */
const budgetMs = 4;

/** Paints what asked for it, once per animation frame at most, and never so long that the page would stutter. */
export class Painter {
  readonly #due = new Set<() => void>();
  #isAsked = false;

  request(paint: () => void): void {
    this.#due.add(paint);
    this.#ask();
  }

  drop(paint: () => void): void {
    this.#due.delete(paint);
  }

  #ask(): void {
    if (this.#isAsked || this.#due.size === 0) return;
    this.#isAsked = true;
    requestAnimationFrame(() => this.#frame());
  }

  #frame(): void {
    this.#isAsked = false;
    const endMs = monotonicMs() + budgetMs;
    for (const paint of this.#due) {
      this.#due.delete(paint);
      paint();
      if (monotonicMs() > endMs) break;
    }
    this.#ask();
  }
}
