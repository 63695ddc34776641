import type { GaugeColumn } from "@metricast/protocol";
import type { Series } from "../contracts/feed.js";
import { tableEnd } from "./columns-index.js";
import type { Layout } from "./layout.js";
import { packedOverheadBytes } from "./packed-raw-segment.js";
import { readEnds } from "./row-ends.js";
import type { PackedBuckets, TierCursor } from "./tier-cursor.js";
import type { CounterTotals, TierSegment } from "./tier-segment.js";

export interface PackedTierParts extends PackedBuckets {
  readonly firstEnd: number;
  readonly lastEnd: number;
}

/** A tier's buckets, packed: the form that is kept. */
export class PackedTierSegment implements TierSegment, PackedTierParts {
  readonly layout: Layout;
  readonly seriesCount: number;
  readonly rows: number;
  readonly firstEnd: number;
  readonly lastEnd: number;
  readonly stepTicks: number;
  readonly packed: Uint8Array;
  readonly #cursor: TierCursor;

  constructor(parts: PackedTierParts, cursor: TierCursor) {
    this.layout = parts.layout;
    this.seriesCount = parts.seriesCount;
    this.rows = parts.rows;
    this.firstEnd = parts.firstEnd;
    this.lastEnd = parts.lastEnd;
    this.stepTicks = parts.stepTicks;
    this.packed = parts.packed;
    this.#cursor = cursor;
  }

  get bytes(): number {
    return this.packed.length + packedOverheadBytes;
  }

  ends(): Float64Array {
    return readEnds(this.packed, tableEnd(this.layout, this.seriesCount), this, this.stepTicks);
  }

  locate(series: Series): number {
    const ordinal = this.layout.ordinalOf(series);
    return ordinal < this.seriesCount ? ordinal : -1;
  }

  readCounts(at: number, into: Float64Array): void {
    this.#cursor.readCounts(this, at, into);
  }

  readGauge(at: number, into: GaugeColumn): void {
    this.#cursor.readGauge(this, at, into);
  }

  readCounter(at: number, slot: number, into: CounterTotals): void {
    this.#cursor.readCounter(this, at, slot, into);
  }

  totalBefore(at: number, slot: number): number {
    return this.#cursor.totalBefore(this, at, slot);
  }
}
