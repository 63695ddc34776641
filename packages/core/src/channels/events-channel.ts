import type { EventLog } from "../feed/event-log.js";

/** A channel of typed events: not on ticks, delivered at once. */
export class EventsChannel {
  readonly kind = "events";
  readonly name: string;
  readonly retentionMs: number;
  readonly log: EventLog;

  constructor(parts: { name: string; retentionMs: number; log: EventLog }) {
    this.name = parts.name;
    this.retentionMs = parts.retentionMs;
    this.log = parts.log;
  }
}
