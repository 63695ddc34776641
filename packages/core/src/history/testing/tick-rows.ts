import { CounterCarry } from "../counter-carry.js";
import { Layout } from "../layout.js";
import { PackedRawSegment } from "../packed-raw-segment.js";
import { RawCursor } from "../raw-cursor.js";
import { RawPacker } from "../raw-packer.js";
import type { RawSegment } from "../raw-segment.js";
import { TickSegment } from "../tick-segment.js";
import type { Cell, TestFeed } from "./test-feed.js";

/** Room in a segment for what joins on the way. */
const spare = 20;

/** Segments of a feed's rows as history writes them, to be packed by hand. */
export class TickRows {
  readonly #feed: TestFeed;
  readonly #layout = new Layout();
  readonly #carry = new CounterCarry();
  #tick: number;

  constructor(feed: TestFeed, firstTick = 1_001) {
    this.#feed = feed;
    this.#tick = firstTick;
  }

  /** Series that the feed has by a row join the layout before it; there is room for a few. */
  segment(
    rows: readonly (readonly Cell[])[],
    { pageRows = 50, beforeRow = () => {} }: { pageRows?: number; beforeRow?: (row: number) => void } = {},
  ): TickSegment {
    this.#join();
    const { seriesCount, slotCount, gaugeCount, counterCount } = this.#layout;
    const shape = {
      seriesCount: seriesCount + spare,
      slotCount: slotCount + spare,
      gaugeCount: gaugeCount + spare,
      counterCount: counterCount + spare,
    };
    const segment = new TickSegment(this.#layout, shape, rows.length, this.#carry);
    for (const [row, cells] of rows.entries()) {
      beforeRow(row);
      for (const ordinal of this.#join()) segment.joined(ordinal, this.#carry);
      if (segment.isFull) segment.grow(Math.min(pageRows, segment.rowsToCome));
      const { columns } = this.#feed.batch(this.#tick, cells);
      segment.write(this.#tick, columns);
      this.#carry.follow(columns, this.#layout);
      this.#tick += 1;
    }
    return segment;
  }

  /** Nothing is sampled for so many ticks. */
  pass(ticks: number): void {
    this.#tick += ticks;
  }

  #join(): number[] {
    const firstTick = this.#feed.rows[0]?.tick ?? this.#tick;
    const joined: number[] = [];
    for (const series of this.#feed.series.slice(this.#layout.seriesCount)) {
      const ordinal = this.#layout.add(series);
      this.#carry.grow(this.#layout.counterCount);
      const previous = series.bornTick > firstTick ? 0 : Number.NaN;
      const standing = Array.from({ length: series.width }, () => ({ previous, offset: 0 }));
      if (series.info.kind !== "gauge") this.#carry.place(this.#layout.cellAt[ordinal] ?? 0, standing);
      joined.push(ordinal);
    }
    return joined;
  }
}

export function packed(segment: RawSegment, cursor = new RawCursor()): PackedRawSegment {
  return new PackedRawSegment(new RawPacker(segment).finish(), cursor);
}

/** All that a reader can see of one slot, in words that compare exactly. */
export function slotText(segment: RawSegment, at: number, slot: number): string {
  const states = new Uint8Array(segment.rows);
  const values = new Float64Array(segment.rows);
  segment.readStates(at, states);
  segment.readSlot(at, slot, values);
  const cells = Array.from(values, (value, row) => (states[row] === 1 ? exact(value) : `(${states[row]})`));
  const isGauge = segment.layout.series[at]?.info.kind === "gauge";
  const { previous, offset } = isGauge ? { previous: 0, offset: 0 } : segment.before(at, slot);
  return `${exact(previous)} ${exact(offset)}: ${cells.join(" ")}`;
}

function exact(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
