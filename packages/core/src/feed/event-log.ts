import { MetricastError } from "../errors.js";
import type { Stats } from "../health/stats.js";
import { isMetricName } from "./name-rules.js";

export interface LoggedEvent {
  readonly epoch: string;
  /** Number among all events of this writer, dense from 1. */
  readonly n: number;
  readonly type: string;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** A copy as JSON carries it; null where none was given. */
  readonly data: unknown;
}

export interface EventLogParts {
  readonly channel: string;
  /** The writer's, 16 hex digits. */
  readonly epoch: string;
  /** Events kept per type. */
  readonly retentionEvents: number;
  readonly maxTypes: number;
  /** Longest an event is kept. */
  readonly retentionMs: number;
  readonly time: { nowMs(): number };
  readonly stats: Pick<Stats, "events">;
}

const maxDataBytes = 16_384;
/** Estimate of what an event takes beside its data. */
const eventBytes = 200;

interface Kept {
  readonly event: LoggedEvent;
  readonly bytes: number;
}

/** The events of one type, oldest first. */
interface TypeLog {
  kept: (Kept | undefined)[];
  /** Where in `kept` the oldest is; before it is nothing any more. */
  start: number;
  trimmedThrough: number;
}

/** The events of one channel: kept by count per type and by age. */
export class EventLog {
  readonly #parts: EventLogParts;
  readonly #types = new Map<string, TypeLog>();
  /** The newest number trimmed of types that made way for others. */
  #forgottenThrough = 0;
  #head = 0;
  #bytes = 0;
  #nextSweepMs = 0;

  constructor(parts: EventLogParts) {
    this.#parts = parts;
  }

  /** The number of the newest event; 0 before the first. */
  get head(): number {
    return this.#head;
  }

  /** Estimate of what the events take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Types with events, and those that had some. */
  get types(): readonly string[] {
    return [...this.#types.keys()];
  }

  /** Throws MC_EVENT_INVALID where the type is malformed or one too many, or JSON cannot carry the data in 16 KB. */
  append(type: string, data?: unknown): LoggedEvent {
    if (!isMetricName(type)) throw invalid(type, "an event type is letters, digits and _ : . -, at most 255");
    const json = jsonOf(type, data);
    const nowMs = this.#parts.time.nowMs();
    this.#dropOld(nowMs);
    const log = this.#logOf(type);
    const { epoch } = this.#parts;
    const event = { epoch, n: this.#head + 1, type, atMs: Math.floor(nowMs), data: JSON.parse(json) };
    const bytes = eventBytes + 2 * (type.length + json.length);
    this.#head = event.n;
    this.#bytes += bytes;
    this.#parts.stats.events += 1;
    log.kept.push({ event, bytes });
    if (log.kept.length - log.start > this.#parts.retentionEvents) this.#trimOldest(log);
    return event;
  }

  /**
   * Events after a number, of the types that match, in order. `complete` says that none of them was trimmed, and that
   * the number is not ahead of the log.
   */
  since(
    n: number,
    matches: (type: string) => boolean,
  ): { events: readonly LoggedEvent[]; complete: boolean } {
    this.#dropOld(this.#parts.time.nowMs());
    const events: LoggedEvent[] = [];
    let complete = n <= this.#head && n >= this.#forgottenThrough;
    for (const [type, log] of this.#types) {
      if (!matches(type)) continue;
      complete &&= n >= log.trimmedThrough;
      for (let at = firstAfter(log, n); at < log.kept.length; at += 1) {
        const kept = log.kept[at];
        if (kept !== undefined) events.push(kept.event);
      }
    }
    events.sort((a, b) => a.n - b.n);
    return { events, complete };
  }

  /** The number of the newest event from before a time; 0 where all that are kept are younger. */
  numberBefore(timeMs: number): number {
    let number = 0;
    for (const { kept, start } of this.#types.values()) {
      for (let at = kept.length - 1; at >= start; at -= 1) {
        const event = kept[at]?.event;
        if (event === undefined || event.atMs >= timeMs) continue;
        number = Math.max(number, event.n);
        break;
      }
    }
    return number;
  }

  /** The number of the newest event of a type that is no longer kept; 0 where all are. */
  trimmedThrough(type: string): number {
    return this.#types.get(type)?.trimmedThrough ?? this.#forgottenThrough;
  }

  /** Gives back memory: the oldest events go first, whatever their type, until at most so many bytes are left. */
  trimToBytes(bytes: number): void {
    while (this.#bytes > bytes) {
      const oldest = this.#oldestLog();
      if (oldest === undefined) return;
      this.#trimOldest(oldest);
    }
  }

  #logOf(type: string): TypeLog {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    if (this.#types.size >= this.#parts.maxTypes && !this.#forgetEmptyType()) {
      throw invalid(type, `a channel has at most ${this.#parts.maxTypes} event types`);
    }
    const log = { kept: [], start: 0, trimmedThrough: 0 };
    this.#types.set(type, log);
    return log;
  }

  #forgetEmptyType(): boolean {
    for (const [type, log] of this.#types) {
      if (log.start < log.kept.length) continue;
      this.#forgottenThrough = Math.max(this.#forgottenThrough, log.trimmedThrough);
      return this.#types.delete(type);
    }
    return false;
  }

  /** Looks at all types, so only every hundredth of the retention. */
  #dropOld(nowMs: number): void {
    if (nowMs < this.#nextSweepMs) return;
    this.#nextSweepMs = nowMs + this.#parts.retentionMs / 100;
    const oldestMs = nowMs - this.#parts.retentionMs;
    for (const log of this.#types.values()) {
      for (let oldest = oldestOf(log); oldest !== undefined; oldest = oldestOf(log)) {
        if (oldest.event.atMs >= oldestMs) break;
        this.#trimOldest(log);
      }
    }
  }

  #trimOldest(log: TypeLog): void {
    const oldest = oldestOf(log);
    if (oldest === undefined) return;
    log.trimmedThrough = oldest.event.n;
    this.#bytes -= oldest.bytes;
    log.kept[log.start] = undefined;
    log.start += 1;
    // A cut now and then costs less than a shift each time.
    if (log.start * 2 < log.kept.length) return;
    log.kept = log.kept.slice(log.start);
    log.start = 0;
  }

  #oldestLog(): TypeLog | undefined {
    let found: TypeLog | undefined;
    let foundN = Number.POSITIVE_INFINITY;
    for (const log of this.#types.values()) {
      const n = oldestOf(log)?.event.n;
      if (n === undefined || n >= foundN) continue;
      found = log;
      foundN = n;
    }
    return found;
  }
}

function oldestOf(log: TypeLog): Kept | undefined {
  return log.kept[log.start];
}

/** Where in a log the first event after a number is, by halving. */
function firstAfter(log: TypeLog, n: number): number {
  let low = log.start;
  let high = log.kept.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((log.kept[middle]?.event.n ?? 0) <= n) low = middle + 1;
    else high = middle;
  }
  return low;
}

function jsonOf(type: string, data: unknown): string {
  const json = stringify(type, data ?? null);
  if (json === undefined) throw invalid(type, "JSON cannot carry the event's data");
  if (Buffer.byteLength(json) > maxDataBytes) {
    throw invalid(type, `an event's data takes at most ${maxDataBytes} bytes as JSON`);
  }
  return json;
}

/** Undefined for functions and symbols. */
function stringify(type: string, data: unknown): string | undefined {
  try {
    return JSON.stringify(data);
  } catch (cause) {
    throw invalid(type, "JSON cannot carry the event's data", cause);
  }
}

function invalid(type: unknown, why: string, cause?: unknown): MetricastError {
  const said = typeof type === "string" ? type.slice(0, 300) : `a ${typeof type}`;
  return new MetricastError("MC_EVENT_INVALID", `${why}: ${JSON.stringify(said)}`, { type: said }, cause);
}
