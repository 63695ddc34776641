import type { Series } from "../contracts/feed.js";
import type { Standing } from "./counter-carry.js";
import type { Layout } from "./layout.js";

/** Rows of one level, in the order of their ticks. */
export interface Span {
  readonly rows: number;
  /** Ticks that the first and the last row end at. */
  readonly firstEnd: number;
  readonly lastEnd: number;
  readonly bytes: number;
  readonly layout: Layout;
  /** The first so many series of the layout can have rows; those that joined later are in none. */
  readonly seriesCount: number;
  /** Ticks the rows end at, ascending; only the first `rows` count. */
  ends(): Float64Array;
  /** A handle for reading: the series' place in the layout; -1 where no row can hold it. */
  locate(series: Series): number;
}

/** What readers know of a stretch of raw rows: the one that is written, and those packed into columns. */
export interface RawSegment extends Span {
  /** `seriesState` by row. */
  readStates(at: number, into: Uint8Array): void;
  /** Where a series is not live at a row, any number may stand. */
  readSlot(at: number, slot: number, into: Float64Array): void;
  /** Where a counter's slot stood before the first row. */
  before(at: number, slot: number): Standing;
}
