export type RateVerdict =
  | { readonly allowed: true; readonly account: number }
  | { readonly allowed: false; readonly retryAfterMs: number };

const minuteMs = 60_000;

/**
 * How fast each client may send messages: a rate with a burst. One for all of them; what a client has used up is one
 * number, its account: the moment, on the clock that is passed, when it would have its whole burst again.
 */
export class MessageRate {
  readonly #perMessageMs: number;
  readonly #burstMs: number;

  constructor(limits: { readonly messagesPerMinute: number; readonly messageBurst: number }) {
    this.#perMessageMs = minuteMs / limits.messagesPerMinute;
    this.#burstMs = limits.messageBurst * this.#perMessageMs;
  }

  /** Takes one message from an account, or none. */
  take(account: number, nowMs: number): RateVerdict {
    const used = Math.max(account, nowMs) + this.#perMessageMs;
    const over = used - nowMs - this.#burstMs;
    return over > roundingMs
      ? { allowed: false, retryAfterMs: Math.ceil(over - roundingMs) }
      : { allowed: true, account: used };
  }
}

/** Sums of fractions of milliseconds are not exact. */
const roundingMs = 1e-6;

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
