import type { EncodedFrame } from "../contracts/connection.js";

export interface LoggedFrame {
  readonly tick: number;
  readonly prev: number;
  readonly frame: EncodedFrame;
}

/** The newest chain frames of a view, for sessions that are a little behind. Bounded in frames and bytes. */
export class FrameLog {
  readonly #maxFrames: number;
  readonly #maxBytes: number;
  #entries: LoggedFrame[] = [];
  #bytes = 0;

  constructor(bounds: { maxFrames: number; maxBytes: number }) {
    this.#maxFrames = bounds.maxFrames;
    this.#maxBytes = bounds.maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get newest(): LoggedFrame | undefined {
    return this.#entries[this.#entries.length - 1];
  }

  /** A frame that does not follow the last one starts the log anew: a chain has no holes. */
  append(tick: number, prev: number, frame: EncodedFrame): void {
    if (this.#entries.at(-1)?.tick !== prev) this.clear();
    this.#entries.push({ tick, prev, frame });
    this.#bytes += frame.bytes.length;
    while (
      this.#entries.length > this.#maxFrames ||
      (this.#bytes > this.#maxBytes && this.#entries.length > 1)
    ) {
      this.#bytes -= this.#entries.shift()?.frame.bytes.length ?? 0;
    }
  }

  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
  }

  /** Every frame after a tick, in order; undefined where the chain does not reach back. */
  after(tick: number): readonly LoggedFrame[] | undefined {
    // From the newest: nearly every session is one frame behind.
    const first = this.#entries.findLastIndex((entry) => entry.prev === tick);
    return first < 0 ? undefined : this.#entries.slice(first);
  }
}
