import type { Clock } from "../contracts/clock.js";

/** When batches of others are read: always, or while somebody here watches the channel. */
export type Follow = "always" | "watched";

export interface InterestParts {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly follow: (channel: string) => Follow;
  /** Whether somebody here watches what other instances are part of. */
  readonly isWatched: (channel: string) => boolean;
}

/** A page that is loaded anew, or a chart that is asked for again, is to find what it left. */
const lingerMs = 60_000;

/** Which channels of other instances are of use here. */
export class Interest {
  readonly #parts: InterestParts;
  /** When somebody last watched, or asked. */
  readonly #lastMs = new Map<string, number>();

  constructor(parts: InterestParts) {
    this.#parts = parts;
  }

  /** Somebody asks for the past of a channel. */
  note(channel: string): void {
    this.#lastMs.set(channel, this.#parts.clock.monotonicMs());
  }

  wants(channel: string): boolean {
    const { clock, follow, isWatched } = this.#parts;
    if (follow(channel) === "always") return true;
    if (isWatched(channel)) this.note(channel);
    const lastMs = this.#lastMs.get(channel) ?? Number.NEGATIVE_INFINITY;
    return clock.monotonicMs() - lastMs < lingerMs;
  }
}
