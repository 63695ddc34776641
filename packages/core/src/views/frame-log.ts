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
  /**
   * A ring of each: moving everything by one, or looking up frames of two minutes ago, costs as much with every tick as
   * making a frame does.
   */
  readonly #frames: (EncodedFrame | undefined)[] = [];
  readonly #ticks: number[] = [];
  readonly #lengths: number[] = [];
  /** Frames since the log began, and those of them that it let go of. */
  #appended = 0;
  #dropped = 0;
  /** The tick before the oldest frame's. */
  #before = -1;
  #bytes = 0;

  constructor(bounds: { maxFrames: number; maxBytes: number }) {
    this.#maxFrames = bounds.maxFrames;
    this.#maxBytes = bounds.maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get newest(): LoggedFrame | undefined {
    return this.#entry(this.#appended - 1);
  }

  /** A frame that does not follow the last one starts the log anew: a chain has no holes. */
  append(tick: number, prev: number, frame: EncodedFrame): void {
    if (this.#prevOf(this.#appended) !== prev) this.clear(prev);
    if (this.#appended - this.#dropped === this.#maxFrames) this.#drop();
    const place = this.#appended % this.#maxFrames;
    this.#frames[place] = frame;
    this.#ticks[place] = tick;
    this.#lengths[place] = frame.length;
    this.#appended += 1;
    this.#bytes += frame.length;
    while (this.#bytes > this.#maxBytes && this.#appended - this.#dropped > 1) this.#drop();
  }

  /** Forgets all. `before`: the tick that the next frame follows. */
  clear(before = -1): void {
    this.#frames.length = 0;
    this.#appended = 0;
    this.#dropped = 0;
    this.#before = before;
    this.#bytes = 0;
  }

  /** Every frame after a tick, in order; undefined where the chain does not reach back. */
  after(tick: number): readonly LoggedFrame[] | undefined {
    let from = this.#appended - 1;
    // From the newest: nearly every session is one frame behind.
    while (from >= this.#dropped && this.#prevOf(from) !== tick) from -= 1;
    if (from < this.#dropped) return undefined;
    const logged: LoggedFrame[] = [];
    for (let number = from; number < this.#appended; number += 1) {
      const entry = this.#entry(number);
      if (entry) logged.push(entry);
    }
    return logged;
  }

  #entry(number: number): LoggedFrame | undefined {
    const place = number % this.#maxFrames;
    const frame = this.#frames[place];
    return frame && { tick: this.#ticks[place] ?? 0, prev: this.#prevOf(number), frame };
  }

  /** The tick that a frame follows. */
  #prevOf(number: number): number {
    return number === this.#dropped ? this.#before : (this.#ticks[(number - 1) % this.#maxFrames] ?? -1);
  }

  #drop(): void {
    const place = this.#dropped % this.#maxFrames;
    this.#bytes -= this.#lengths[place] ?? 0;
    this.#before = this.#ticks[place] ?? -1;
    this.#frames[place] = undefined;
    this.#dropped += 1;
  }
}
