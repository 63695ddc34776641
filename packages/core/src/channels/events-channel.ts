import type { EventLog } from "../feed/event-log.js";
import { vectorOf, vectorText } from "../feed/event-writers.js";
import { formatPosition, type Position } from "../position.js";

/** Where somebody goes on who was at a position, and whether nothing is left out. */
export interface EventPlace {
  readonly place: number;
  readonly complete: boolean;
}

/** A channel of typed events: not on ticks, delivered at once. */
export class EventsChannel {
  readonly kind = "events";
  readonly name: string;
  readonly retentionMs: number;
  readonly log: EventLog;
  readonly #epoch: string;

  constructor(parts: { name: string; retentionMs: number; log: EventLog; epoch: string }) {
    this.name = parts.name;
    this.retentionMs = parts.retentionMs;
    this.log = parts.log;
    this.#epoch = parts.epoch;
  }

  /** Says how far each writer's events are among those up to a place, so that it is good on any instance. */
  positionAt(place: number): string {
    const vector = this.log.vectorAt(place);
    const isAlone = vector.size === 0 || (vector.size === 1 && vector.get(this.#epoch) === place);
    return formatPosition(isAlone ? this.#epoch : vectorText(this.#epoch, vector), place);
  }

  /** Undefined where nothing is known of where a position comes from; `ahead`: of this log, and not reached yet. */
  locate(
    { epoch: lineage, number }: Position,
    matches: (type: string) => boolean,
  ): EventPlace | "ahead" | undefined {
    if (lineage.startsWith(this.#epoch)) {
      if (number > this.log.head) return "ahead";
      return { place: number, complete: this.log.since(number, matches).complete };
    }
    const vector = vectorOf(lineage);
    // Who was alone had no other events than its own.
    return vector && this.log.placeAfter(vector.size === 0 ? new Map([[lineage, number]]) : vector, matches);
  }
}
