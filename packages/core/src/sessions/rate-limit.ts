import { TokenBucket } from "./token-bucket.js";

export type RateVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterMs: number };

const minuteMs = 60_000;

/** How fast one client may send messages. */
export class MessageRate {
  readonly #bucket: TokenBucket;

  constructor(limits: { messagesPerMinute: number; messageBurst: number }) {
    this.#bucket = new TokenBucket({ perSecond: limits.messagesPerMinute / 60, burst: limits.messageBurst });
  }

  take(nowMs: number): RateVerdict {
    if (this.#bucket.take(nowMs)) return { allowed: true };
    return { allowed: false, retryAfterMs: Math.ceil(this.#bucket.retryAfterMs(nowMs)) };
  }
}

/** Counts faults within a minute; true when there were too many. */
export class FaultCount {
  readonly #limit: number;
  readonly #times: number[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(nowMs: number): boolean {
    const times = this.#times;
    times.push(nowMs);
    while (times.length > this.#limit || (times[0] ?? nowMs) <= nowMs - minuteMs) times.shift();
    return times.length >= this.#limit;
  }
}
