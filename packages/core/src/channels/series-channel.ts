import type { Block } from "@metricast/protocol";
import type { Columns, Series } from "../contracts/feed.js";
import type { BlockRequest } from "../history/query.js";
import type { Position } from "../position.js";
import type { ShedState } from "../pressure/shedding.js";
import type { TokenSet } from "../views/token-set.js";

/** What views, cursors and queries need of a channel of series: of one instance, or of all as one. */
export interface SeriesChannel {
  readonly name: string;
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly columns: Columns;
  /** What views are made of. */
  readonly tokens: TokenSet;
  readonly history: {
    stepFor(fromTick: number, toTick: number, points: number): number;
    query(request: BlockRequest): Block;
    gone(present: readonly Series[]): readonly Series[];
  };
  readonly headTick: number | undefined;
  /** The oldest tick that history holds at any step. */
  readonly oldestTick: number | undefined;
  /** What is left out of the channel's work while the host's event loop runs late. */
  readonly shed: ShedState;
  /** Whether everything sampled after a tick is held at a step. */
  holds(afterTick: number, stepTicks: number): boolean;
  /** Where a range at a step begins that leaves out nothing after a tick; undefined where it is not held. */
  startFor(afterTick: number, stepTicks: number): number | undefined;
  stepFor(everyMs: number | undefined): number;
  read(series: readonly Series[], fromTick: number, toTick: number, stepTicks: number): Block;
  /** Reads sources now where the current tick has no batch yet. */
  readSoon(): void;
  /** Somebody asks for its past, of which more can be had when that is known. */
  noteAsked?(): void;
  /** Instances that a frame did not wait for, where it is of several. */
  missingIn?(fromTick: number, toTick: number): readonly string[];
  /** Whose log positions are places in; where it is not this process's alone. */
  readonly lineage?: string;
  /** Whether a position is a place in it. */
  knows(position: Position): boolean;
  /** Whether all that was sampled after a position it knows is known to have come here. */
  proves(position: Position): boolean;
  /** The channel of another instance by itself; undefined where nobody of that name is known. */
  ofInstance?(name: string): SeriesChannel | undefined;
  /** Whether histograms of one name could not be merged. */
  readonly boundsDiffer?: boolean;
}
