import { ColumnWriter } from "@metricast/protocol";
import { seriesState } from "../contracts/feed.js";
import { ColumnsWriter } from "./columns-index.js";
import { LinkedColumns } from "./linked-columns.js";
import type { PackedRawParts } from "./packed-raw-segment.js";
import type { RawSegment } from "./raw-segment.js";
import { writeEnds } from "./row-ends.js";
import { writeStates } from "./row-states.js";

/** Packs raw rows into columns, one series at a time; the rows must not change meanwhile. */
export class RawPacker {
  readonly #segment: RawSegment;
  readonly #writer = new ColumnsWriter();
  readonly #columns: LinkedColumns;
  readonly #states: Uint8Array;
  readonly #values: Float64Array;
  readonly #numbers = new ColumnWriter();
  readonly #single = Float64Array.of(0);
  #ordinal = 0;

  constructor(segment: RawSegment) {
    this.#segment = segment;
    this.#columns = new LinkedColumns(segment.rows + 1);
    this.#states = new Uint8Array(segment.rows);
    this.#values = new Float64Array(segment.rows);
    writeEnds(this.#writer.out, segment, 1);
  }

  /** Packs the next series; gives the bits it took, 0 where there is none left. */
  next(): number {
    const at = this.#ordinal;
    const { layout, seriesCount, rows } = this.#segment;
    const series = layout.series[at];
    if (series === undefined || at >= seriesCount) return 0;
    this.#ordinal = at + 1;
    const before = this.#writer.bitLength;
    if (this.#writer.begin(layout.slotAt[at] ?? 0)) this.#columns.begin();
    this.#segment.readStates(at, this.#states);
    writeStates(this.#writer.out, this.#states, rows);
    for (let slot = 0; slot < series.width; slot += 1) {
      if (series.info.kind === "gauge") this.#gauge(at, slot);
      else this.#counter(at, slot);
    }
    return this.#writer.bitLength - before;
  }

  finish(): PackedRawParts {
    while (this.next() > 0);
    const { layout, seriesCount, rows, firstEnd, lastEnd } = this.#segment;
    return { layout, seriesCount, rows, firstEnd, lastEnd, packed: this.#writer.finish() };
  }

  #gauge(at: number, slot: number): void {
    const { rows } = this.#segment;
    this.#segment.readSlot(at, slot, this.#values);
    this.#fill(this.#columns.next, 0, this.#firstLive());
    this.#columns.write(this.#writer.out, rows);
  }

  /** A counter's column begins with where it stood before the first row. */
  #counter(at: number, slot: number): void {
    const { rows } = this.#segment;
    const { out } = this.#writer;
    const { previous, offset } = this.#segment.before(at, slot);
    const isKnown = !Number.isNaN(previous);
    out.bits(isKnown ? 1 : 0, 1);
    out.bits(offset === 0 ? 0 : 1, 1);
    if (offset !== 0) {
      this.#single[0] = offset;
      this.#numbers.write(out, this.#single, 1);
    }
    this.#segment.readSlot(at, slot, this.#values);
    const into = this.#columns.next;
    into[0] = isKnown ? previous : this.#firstLive();
    this.#fill(into, 1, into[0]);
    this.#columns.write(out, rows + 1);
  }

  /** Where the series is not live the number before stays: that costs least. */
  #fill(into: Float64Array, from: number, first: number): void {
    let held = first;
    for (let row = 0; row < this.#values.length; row += 1) {
      if (this.#states[row] === seriesState.live) held = this.#values[row] ?? Number.NaN;
      into[row + from] = held;
    }
  }

  #firstLive(): number {
    const row = this.#states.indexOf(seriesState.live);
    return row < 0 ? 0 : (this.#values[row] ?? 0);
  }
}
