import type { Room } from "./room.js";

/** What a session watches: a cursor on a view of metrics or of events. */
export interface Subscription {
  readonly view: number;
  readonly channel: string;
  /** The head it watches, for `beat`: a tick, or an event's number. */
  readonly headTick: number;
  /** Puts into the room what comes next, as far as it goes. */
  collect(room: Room): void;
  /** The last `collect` was not accepted: nothing of it was sent. */
  rollback(): void;
  /** The session left the view. */
  leave(nowMs: number): void;
}
