import type { EncodedFrame } from "../contracts/connection.js";
import type { Room } from "./room.js";

/** What a session watches: a cursor on a view of metrics or of events. */
export interface Subscription {
  readonly view: number;
  readonly channel: string;
  /** The head it watches, for `beat`: a tick, or an event's number. */
  readonly headTick: number;
  /** How much of the channel's work is shed at present; absent where there is nothing to shed. */
  readonly shedLevel?: number;
  /** What it watches is made anew with each: who is at a place of one is at none of the next. */
  readonly generation?: number;
  /** Up to where the session has everything; undefined where it has nothing yet. */
  readonly position: string | undefined;
  /** The position of a place of the view. */
  positionAt(place: number): string;
  /** Puts into the room what comes next, as far as it goes. */
  collect(room: Room): void;
  /** The last `collect` was not accepted: nothing of it was sent. */
  rollback(): void;
  /** The session left the view. */
  leave(nowMs: number): void;

  /**
   * What brings everybody at the view's last place to its head; undefined where one frame does not. `from`: the place
   * that the step before led to.
   */
  step(from: number | undefined): Step | undefined;
  /** Whether the session is at a place and is owed nothing else. */
  isAt(place: number): boolean;
  /** The session was sent a step to there. */
  moveTo(place: number): void;
}

/** From one place to another in a view, ticks or events' numbers, and the frame that leads there. */
export interface Step {
  readonly from: number;
  readonly to: number;
  /** None where the two places are one, or no event between them is for the view. */
  readonly frame?: EncodedFrame;
  /** Events in the frame. */
  readonly events?: number;
}
