import type { Series } from "../contracts/feed.js";
import { tableEnd } from "./columns-index.js";
import type { Standing } from "./counter-carry.js";
import type { Layout } from "./layout.js";
import type { PackedRows, RawCursor } from "./raw-cursor.js";
import type { RawSegment } from "./raw-segment.js";
import { readEnds } from "./row-ends.js";

export interface PackedRawParts extends PackedRows {
  readonly firstEnd: number;
  readonly lastEnd: number;
}

/** Of the objects around a packed buffer. */
export const packedOverheadBytes = 320;

/** Raw rows, packed: the form that is kept. */
export class PackedRawSegment implements RawSegment, PackedRawParts {
  readonly layout: Layout;
  readonly seriesCount: number;
  readonly rows: number;
  readonly firstEnd: number;
  readonly lastEnd: number;
  readonly packed: Uint8Array;
  readonly #cursor: RawCursor;

  constructor({ layout, seriesCount, rows, firstEnd, lastEnd, packed }: PackedRawParts, cursor: RawCursor) {
    this.layout = layout;
    this.seriesCount = seriesCount;
    this.rows = rows;
    this.firstEnd = firstEnd;
    this.lastEnd = lastEnd;
    this.packed = packed;
    this.#cursor = cursor;
  }

  get bytes(): number {
    return this.packed.length + packedOverheadBytes;
  }

  ends(): Float64Array {
    return readEnds(this.packed, tableEnd(this.layout, this.seriesCount), this, 1);
  }

  locate(series: Series): number {
    const ordinal = this.layout.ordinalOf(series);
    return ordinal < this.seriesCount ? ordinal : -1;
  }

  readStates(at: number, into: Uint8Array): void {
    this.#cursor.readStates(this, at, into);
  }

  readSlot(at: number, slot: number, into: Float64Array): void {
    this.#cursor.readSlot(this, at, slot, into);
  }

  before(at: number, slot: number): Standing {
    return this.#cursor.before(this, at, slot);
  }
}
