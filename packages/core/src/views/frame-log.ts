import type { EncodedFrame } from "../contracts/connection.js";

interface Entry {
  readonly tick: number;
  readonly prev: number;
  readonly frame: EncodedFrame;
}

/** The newest chain frames of a view, for sessions that are a little behind. Bounded in frames and bytes. */
export class FrameLog {
  readonly #maxFrames: number;
  readonly #maxBytes: number;
  #entries: Entry[] = [];
  #bytes = 0;

  constructor(bounds: { maxFrames: number; maxBytes: number }) {
    this.#maxFrames = bounds.maxFrames;
    this.#maxBytes = bounds.maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
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

  /** Calls back with every frame after a tick, in order; false, calling nothing, when the chain does not reach back. */
  after(tick: number, give: (frame: EncodedFrame) => void): boolean {
    const entries = this.#entries;
    const newest = entries.at(-1);
    // Nearly every session is one frame behind: no search for those.
    if (newest?.prev === tick) {
      give(newest.frame);
      return true;
    }
    const first = entries.findIndex((entry) => entry.prev === tick);
    if (first < 0) return false;
    for (let k = first; k < entries.length; k++) {
      const entry = entries[k];
      if (entry) give(entry.frame);
    }
    return true;
  }

  /** Bytes that `after` would give, or Infinity where the chain does not reach back. */
  bytesAfter(tick: number): number {
    let bytes = 0;
    for (let k = this.#entries.length - 1; k >= 0; k--) {
      const entry = this.#entries[k];
      if (!entry) break;
      bytes += entry.frame.bytes.length;
      if (entry.prev === tick) return bytes;
    }
    return Infinity;
  }
}
