import type { Cancel, Clock } from "../contracts/clock.js";
import { ReadContext } from "./read-context.js";
import type { SourceReader } from "./source-reader.js";

export interface CollectorParts {
  readonly intervalMs: number;
  /** How long a batch waits for its sources. */
  readonly deadlineMs: number;
  readonly clock: Pick<Clock, "after">;
  readonly readers: () => Iterable<SourceReader>;
  /** Every source has answered, or its time is over. */
  readonly onClose: (tick: number) => void;
}

/** Asks all sources at a tick and closes the batch when all have settled, or at the deadline. */
export class Collector {
  readonly #parts: CollectorParts;
  #context: ReadContext | undefined;
  #tick = 0;
  #asked = new Set<SourceReader>();
  #isAsking = false;
  #cancelDeadline: Cancel | undefined;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#context !== undefined;
  }

  collect(tick: number): void {
    // The event loop was held for so long that the next tick came before the deadline.
    if (this.isOpen) this.#close();
    const context = new ReadContext(tick * this.#parts.intervalMs);
    this.#context = context;
    this.#tick = tick;
    this.#askAll(context);
    // A source may have stopped everything from within its read.
    if (this.#context !== context) return;
    if (this.#asked.size === 0) this.#close();
    else this.#cancelDeadline = this.#parts.clock.after(this.#parts.deadlineMs, () => this.#close());
  }

  /** A source that goes is waited for no longer. */
  forget(reader: SourceReader): void {
    if (this.#asked.delete(reader) && this.#asked.size === 0 && !this.#isAsking) this.#close();
  }

  /** Closes a batch that waits, as at its deadline: what was read of its tick was sampled. */
  finish(): void {
    if (this.isOpen && !this.#isAsking) this.#close();
    else this.stop();
  }

  stop(): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    this.#asked.clear();
    this.#context?.abort();
    this.#context = undefined;
  }

  #askAll(context: ReadContext): void {
    this.#isAsking = true;
    for (const reader of [...this.#parts.readers()])
      if (this.#context === context) this.#ask(reader, context);
    this.#isAsking = false;
  }

  #ask(reader: SourceReader, context: ReadContext): void {
    const pending = reader.begin(context, this.#tick, () => {
      if (this.#context === context && this.#asked.delete(reader) && this.#asked.size === 0) this.#close();
    });
    if (pending) this.#asked.add(reader);
  }

  #close(): void {
    const context = this.#context;
    const late = this.#asked;
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    this.#context = undefined;
    this.#asked = new Set();
    for (const reader of late) reader.missDeadline();
    if (late.size > 0) context?.abort();
    this.#parts.onClose(this.#tick);
  }
}
