import type { QualityMessage } from "@metricast/protocol";
import { EncodedFrame } from "../contracts/connection.js";
import type { Stats } from "../health/stats.js";

type Counted = "framesSent" | "keyframesSent" | "blocksSent" | "eventsSent" | "ticksMerged" | "ticksSkipped";

/** What one session gets in one write, and the bytes it may still take. Nothing of it counts until it was accepted. */
export class Room {
  bytes = 0;
  /** Whether something had to wait for room. */
  isShort = false;
  /** Whether something that was promised is gone. */
  isLost = false;
  readonly #limit: number;
  #left: number;
  readonly #notices: EncodedFrame[] = [];
  readonly #frames: EncodedFrame[] = [];
  readonly #counts: { [what in Counted]?: number } = {};

  /** A session with nothing in flight takes one frame of any size, or it would never get on. */
  constructor(leftBytes: number, nothingInFlight: boolean) {
    this.#limit = leftBytes;
    this.#left = nothingInFlight ? Infinity : leftBytes;
  }

  /** Whether so many bytes fit; where they do not, somebody waits. */
  has(bytes: number): boolean {
    if (bytes <= this.#left) return true;
    this.isShort = true;
    return false;
  }

  put(frame: EncodedFrame): void {
    this.#frames.push(frame);
    this.bytes += frame.length;
    this.#left = this.#limit - this.bytes;
  }

  /** A notice about what is put in: it goes ahead of all data, and needs no room. */
  say(message: QualityMessage): void {
    const notice = EncodedFrame.text(JSON.stringify(message), false);
    this.#notices.push(notice);
    this.bytes += notice.length;
  }

  count(what: Counted, by = 1): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + by;
  }

  /** Everything put in, in the order it is sent. */
  get frames(): readonly EncodedFrame[] {
    return this.#notices.length === 0 ? this.#frames : [...this.#notices, ...this.#frames];
  }

  /** It was sent. */
  countInto(stats: Pick<Stats, Counted>): void {
    for (const what of counted) stats[what] += this.#counts[what] ?? 0;
  }
}

const counted: readonly Counted[] = [
  "framesSent",
  "keyframesSent",
  "blocksSent",
  "eventsSent",
  "ticksMerged",
  "ticksSkipped",
];
