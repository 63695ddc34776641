import type { SeriesInfo, StaleCause } from "@metricast/protocol";

/** What the feed gives to history, views and the store at a tick. */

export const seriesState = { absent: 0, live: 1, stale: 2 } as const;

/** One series of a channel. `index` is dense and ascending in order of appearance; it is never another series'. */
export interface Series {
  readonly index: number;
  /** First of its slots in the channel's columns. */
  readonly slot: number;
  /** Slots it has: 1, or for a histogram its buckets and the sum. */
  readonly width: number;
  readonly info: SeriesInfo;
  /** The tick it first appeared at. */
  readonly bornTick: number;
}

/** The series of one channel and their newest values. Arrays are replaced when they grow: read them anew each tick. */
export interface Columns {
  readonly series: readonly Series[];
  /** Newest value of each slot. */
  readonly values: Float64Array;
  /** `seriesState` of each series. */
  readonly states: Uint8Array;
  readonly slotCount: number;
  staleCause(seriesIndex: number): StaleCause | undefined;
}

/** What one writer read at one tick. Valid while it is being delivered; the columns belong to the channel. */
export interface Batch {
  readonly channel: string;
  readonly tick: number;
  /** The batch before this one; absent on the writer's first. */
  readonly prev?: number;
  readonly columns: Columns;
  /** Indexes of series whose value or state differs from the batch before, ascending. */
  readonly changed: readonly number[];
  /** Series that appear in this batch for the first time are those from this index on. */
  readonly firstNew: number;
}
