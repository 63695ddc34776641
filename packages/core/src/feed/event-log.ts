import type { Stats } from "../health/stats.js";
import { invalidEvent, jsonOf } from "./event-data.js";
import { EventWriters, type KnownWriter, type Vector } from "./event-writers.js";
import { isMetricName } from "./name-rules.js";

/** An event as its writer told of it. */
export interface WrittenEvent {
  readonly epoch: string;
  /** Number among all events of this writer, dense from 1. */
  readonly n: number;
  readonly type: string;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** A copy as JSON carries it; null where none was given. */
  readonly data: unknown;
}

export interface LoggedEvent extends WrittenEvent {
  /** Number among all events that came here, dense from 1: its own order is kept, others come in between. */
  readonly place: number;
}

export interface EventLogParts {
  readonly channel: string;
  /** The writer's, 16 hex digits. */
  readonly epoch: string;
  /** Events kept per type. */
  readonly retentionEvents: number;
  readonly maxTypes: number;
  /** What the events may take, by estimate: over it the oldest go. */
  readonly maxBytes: number;
  /** Longest an event is kept. */
  readonly retentionMs: number;
  readonly time: { nowMs(): number };
  readonly stats: Pick<Stats, "events">;
}

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
  /** The place of the newest that was trimmed. */
  trimmedThrough: number;
  /** And its number, by writer. */
  readonly trimmed: Map<string, number>;
}

/** The events of one channel, this instance's and others': kept by count per type and by age. */
export class EventLog {
  readonly #parts: EventLogParts;
  readonly #types = new Map<string, TypeLog>();
  readonly #writers = new EventWriters();
  /** The newest place trimmed of types that made way for others, or before which something never came. */
  #forgottenThrough = 0;
  #head = 0;
  #bytes = 0;
  #nextSweepMs = 0;

  constructor(parts: EventLogParts) {
    this.#parts = parts;
  }

  /** The place of the newest event; 0 before the first. */
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
    if (!isMetricName(type))
      throw invalidEvent(type, "an event type is letters, digits and _ : . -, at most 255");
    const json = jsonOf(type, data);
    const nowMs = this.#parts.time.nowMs();
    this.#dropOld(nowMs);
    const log = this.#logOf(type);
    const { epoch, stats } = this.#parts;
    const n = (this.#writers.get(epoch)?.newest ?? 0) + 1;
    this.#writers.note(epoch, n);
    stats.events += 1;
    const event = { epoch, n, type, atMs: Math.floor(nowMs), data: JSON.parse(json) };
    return this.#keep(log, event, json.length);
  }

  /** Takes in an event of another writer; false where it was here before. Throws MC_EVENT_INVALID as `append` does. */
  take(event: WrittenEvent): boolean {
    const { epoch, n, type, data } = event;
    if (!isMetricName(type)) throw invalidEvent(type, "this is no type of an event");
    const json = jsonOf(type, data);
    const known = this.#writers.note(epoch, n);
    if (known === "known") return false;
    // What never came would lie right before it: whoever has not got to this place misses it.
    if (known === "gap") this.#forgottenThrough = this.#head + 1;
    this.#dropOld(this.#parts.time.nowMs());
    this.#keep(this.#logOf(type), event, json.length);
    return true;
  }

  /** How far each writer's events are among those up to a place. */
  vectorAt(place: number): Map<string, number> {
    const vector = this.#writers.vector();
    if (place >= this.#head) return vector;
    for (const { epoch, n } of this.since(place, () => true).events) {
      const through = vector.get(epoch);
      if (through !== undefined) vector.set(epoch, Math.min(through, n - 1));
    }
    return vector;
  }

  /**
   * The place from which on somebody misses nothing who has every event of a vector, and whether all is here that it lacks, of
   * the types that match; undefined where nobody is known whom the vector names. Some of what follows it may have.
   */
  placeAfter(
    vector: Vector,
    matches: (type: string) => boolean,
  ): { place: number; complete: boolean } | undefined {
    const known = [...vector.keys()].filter((epoch) => this.#writers.get(epoch) !== undefined);
    if (known.length === 0) return undefined;
    const isNew = ({ epoch, n }: WrittenEvent) => n > (vector.get(epoch) ?? 0);
    const first = this.since(0, matches).events.find(isNew);
    const place = first === undefined ? this.#head : first.place - 1;
    const logs = [...this.#types].flatMap(([type, log]) => (matches(type) ? [log] : []));
    const isHere = ([epoch, { lostThrough }]: readonly [string, KnownWriter]) => {
      const through = vector.get(epoch) ?? 0;
      return lostThrough <= through && logs.every(({ trimmed }) => (trimmed.get(epoch) ?? 0) <= through);
    };
    return { place, complete: known.length === vector.size && [...this.#writers].every(isHere) };
  }

  /**
   * Events after a place, of the types that match, in order. `complete` says that none of them was trimmed, and that
   * the place is not ahead of the log.
   */
  since(
    place: number,
    matches: (type: string) => boolean,
  ): { events: readonly LoggedEvent[]; complete: boolean } {
    this.#dropOld(this.#parts.time.nowMs());
    const events: LoggedEvent[] = [];
    let complete = place <= this.#head && place >= this.#forgottenThrough;
    for (const [type, log] of this.#types) {
      if (!matches(type)) continue;
      complete &&= place >= log.trimmedThrough;
      for (let at = firstAfter(log, place); at < log.kept.length; at += 1) {
        const kept = log.kept[at];
        if (kept !== undefined) events.push(kept.event);
      }
    }
    events.sort((a, b) => a.place - b.place);
    return { events, complete };
  }

  /** The place after which everything lies that is kept from a time on; 0 where all that are kept are younger. */
  placeBefore(timeMs: number): number {
    const { events } = this.since(0, () => true);
    // Others' come later than they happened.
    const first = events.find(({ atMs }) => atMs >= timeMs);
    const isAll = events.every(({ atMs }) => atMs >= timeMs);
    if (isAll) return 0;
    return first === undefined ? (events.at(-1)?.place ?? 0) : first.place - 1;
  }

  /** The place of the newest event of a type that is no longer kept; 0 where all are. */
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
      throw invalidEvent(type, `a channel has at most ${this.#parts.maxTypes} event types`);
    }
    const log = { kept: [], start: 0, trimmedThrough: 0, trimmed: new Map<string, number>() };
    this.#types.set(type, log);
    return log;
  }

  #keep(log: TypeLog, event: WrittenEvent, dataLength: number): LoggedEvent {
    const logged = { ...event, place: this.#head + 1 };
    const bytes = eventBytes + 2 * (event.type.length + dataLength);
    this.#head = logged.place;
    this.#bytes += bytes;
    log.kept.push({ event: logged, bytes });
    if (log.kept.length - log.start > this.#parts.retentionEvents) this.#trimOldest(log);
    this.trimToBytes(this.#parts.maxBytes);
    return logged;
  }

  #forgetEmptyType(): boolean {
    for (const [type, log] of this.#types) {
      if (log.start < log.kept.length) continue;
      this.#forgottenThrough = Math.max(this.#forgottenThrough, log.trimmedThrough);
      for (const [epoch, n] of log.trimmed) {
        const writer = this.#writers.get(epoch);
        if (writer) writer.lostThrough = Math.max(writer.lostThrough, n);
      }
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
    const { place, epoch, n } = oldest.event;
    log.trimmedThrough = place;
    log.trimmed.set(epoch, n);
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
    let foundPlace = Number.POSITIVE_INFINITY;
    for (const log of this.#types.values()) {
      const place = oldestOf(log)?.event.place;
      if (place === undefined || place >= foundPlace) continue;
      found = log;
      foundPlace = place;
    }
    return found;
  }
}

function oldestOf(log: TypeLog): Kept | undefined {
  return log.kept[log.start];
}

/** Where in a log the first event after a place is, by halving. */
function firstAfter(log: TypeLog, place: number): number {
  let low = log.start;
  let high = log.kept.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((log.kept[middle]?.event.place ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}
