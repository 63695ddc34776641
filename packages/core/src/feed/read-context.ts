import type { SourceContext } from "../contracts/source.js";

/** What the sources asked at one tick are given; they share it. */
export class ReadContext implements SourceContext {
  readonly now: number;
  #controller: AbortController | undefined;
  #aborted = false;

  constructor(now: number) {
    this.now = now;
  }

  /** Made when a source asks for it: most never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}
