import { Backlog } from "./backlog.js";

/** How a session stands in a view, besides its tick. */
export interface Standing {
  /** Whether the session holds the state of its tick, so that the next chain frame is valid for it. */
  readonly chained: boolean;
  readonly backlog: Backlog;
  /** `stalled`: no progress for long; `ending`: there was some, but what was missed before is not made up. */
  readonly lastValues: "off" | "stalled" | "ending";
  /** Whether the session was told that it is not live. */
  readonly behind: boolean;
  /** The level of shedding that the session was told of. */
  readonly shed: number;
}

export const joining: Standing = {
  chained: false,
  backlog: Backlog.empty,
  lastValues: "off",
  behind: false,
  shed: 0,
};

/**
 * Of all who get frame after frame, are owed nothing and know what is shed, by its level: the very value, so that one
 * look tells.
 */
export const level: readonly Standing[] = [0, 1, 2, 3].map((shed) => ({ ...joining, chained: true, shed }));
