import { BitReader, ColumnReader } from "@metricast/protocol";
import { groupOf, groupStart } from "./columns-index.js";
import type { Standing } from "./counter-carry.js";
import type { Layout } from "./layout.js";
import { lengthOrder } from "./linked-columns.js";
import { readStates } from "./row-states.js";

/** Raw rows as columns in one buffer, and what is needed to find them in it. */
export interface PackedRows {
  readonly layout: Layout;
  readonly seriesCount: number;
  readonly rows: number;
  readonly packed: Uint8Array;
}

/** Where a slot's column stands and how it is told. */
interface Place {
  at: number;
  /** Columns back to the one it is the difference from; 0 for none. */
  link: number;
  /** A counter's column begins with where it stood before. */
  isCounter: boolean;
  isKnown: boolean;
  offset: number;
}

/** A decoded column. */
interface Held {
  place: number;
  values: Float64Array;
}

/** Enough for a column and the two it may be linked to, so that reading in order decodes each once. */
const heldCount = 3;

/** Finds and decodes columns of packed segments. It remembers where it is: reading on from there is cheap. */
export class RawCursor {
  readonly #columns = new ColumnReader();
  readonly #held: Held[] = Array.from({ length: heldCount }, () => ({
    place: -1,
    values: new Float64Array(0),
  }));
  readonly #single = new Float64Array(1);
  #skipped = new Uint8Array(0);
  #scratch = new Float64Array(0);
  #oldest = 0;
  #rows: PackedRows | undefined;
  #group = -1;
  #input = new BitReader(new Uint8Array(0));
  #firstOrdinal = 0;
  /** Where the group's series begin, and the places of their slots. */
  readonly #seriesAt: number[] = [];
  readonly #places: Place[] = [];

  readStates(rows: PackedRows, at: number, into: Uint8Array): void {
    this.#open(rows, at);
    this.#input.at = this.#seriesAt[at - this.#firstOrdinal] ?? 0;
    readStates(this.#input, into, rows.rows);
  }

  readSlot(rows: PackedRows, at: number, slot: number, into: Float64Array): void {
    const place = this.#open(rows, at) + slot;
    const values = this.#column(place);
    const from = this.#places[place]?.isCounter ? 1 : 0;
    into.set(values.subarray(from, from + rows.rows));
  }

  before(rows: PackedRows, at: number, slot: number): Standing {
    const place = this.#open(rows, at) + slot;
    const { isKnown, offset } = this.#places[place] ?? { isKnown: false, offset: 0 };
    return { previous: isKnown ? (this.#column(place)[0] ?? Number.NaN) : Number.NaN, offset };
  }

  /** Goes to a series; gives the place of its first slot in the group. */
  #open(rows: PackedRows, at: number): number {
    const slotAt = rows.layout.slotAt;
    const group = groupOf(slotAt[at] ?? 0);
    if (rows !== this.#rows || group !== this.#group) this.#scan(rows, group, at);
    return (slotAt[at] ?? 0) - (slotAt[this.#firstOrdinal] ?? 0);
  }

  #scan(rows: PackedRows, group: number, at: number): void {
    const { layout, seriesCount, packed } = rows;
    let first = at;
    while (first > 0 && groupOf(layout.slotAt[first - 1] ?? 0) === group) first -= 1;
    if (rows !== this.#rows) this.#begin(rows);
    this.#rows = rows;
    this.#group = group;
    this.#firstOrdinal = first;
    for (const held of this.#held) held.place = -1;
    const input = this.#input;
    input.at = groupStart(packed, group) * 8;
    let place = 0;
    for (let ordinal = first; ordinal < seriesCount; ordinal += 1) {
      if (groupOf(layout.slotAt[ordinal] ?? 0) !== group) break;
      const series = layout.series[ordinal];
      this.#seriesAt[ordinal - first] = input.at;
      readStates(input, this.#skipped, rows.rows);
      for (let slot = 0; slot < (series?.width ?? 0); slot += 1) {
        this.#passOver(place, series?.info.kind !== "gauge");
        place += 1;
      }
    }
  }

  #begin({ rows, packed }: PackedRows): void {
    this.#input = new BitReader(packed);
    if (this.#skipped.length >= rows) return;
    this.#skipped = new Uint8Array(rows);
    this.#scratch = new Float64Array(rows + 1);
    for (const held of this.#held) held.values = new Float64Array(rows + 1);
  }

  #passOver(place: number, isCounter: boolean): void {
    const input = this.#input;
    const isKnown = isCounter && input.bits(1) === 1;
    const offset = isCounter && input.bits(1) === 1 ? this.#number() : 0;
    const link = input.bits(1) === 0 ? 0 : 1 + input.bits(1);
    const length = input.golomb(lengthOrder);
    const known = this.#places[place];
    if (known === undefined) this.#places[place] = { at: input.at, link, isCounter, isKnown, offset };
    else {
      known.at = input.at;
      known.link = link;
      known.isCounter = isCounter;
      known.isKnown = isKnown;
      known.offset = offset;
    }
    input.at += length;
  }

  #number(): number {
    this.#columns.read(this.#input, this.#single, 1);
    return this.#single[0] ?? 0;
  }

  /** The numbers at a place. Links are followed back to a column that is held, or stands for itself. */
  #column(place: number): Float64Array {
    const known = this.#heldAt(place);
    if (known !== undefined) return known;
    const target = this.#held[this.#oldest];
    if (target === undefined) throw new RangeError();
    this.#oldest = (this.#oldest + 1) % heldCount;
    target.place = -1;
    const { values } = target;
    this.#decode(place, values);
    for (let at = place, link = this.#linkOf(at); link > 0; link = this.#linkOf(at)) {
      at -= link;
      const earlier = this.#heldAt(at);
      if (earlier === undefined) this.#decode(at, this.#scratch);
      add(values, earlier ?? this.#scratch, this.#countAt(at));
      if (earlier !== undefined) break;
    }
    target.place = place;
    return values;
  }

  #heldAt(place: number): Float64Array | undefined {
    for (const held of this.#held) if (held.place === place) return held.values;
    return undefined;
  }

  #decode(place: number, into: Float64Array): void {
    this.#input.at = this.#places[place]?.at ?? 0;
    this.#columns.read(this.#input, into, this.#countAt(place));
  }

  #linkOf(place: number): number {
    return this.#places[place]?.link ?? 0;
  }

  #countAt(place: number): number {
    return (this.#rows?.rows ?? 0) + (this.#places[place]?.isCounter ? 1 : 0);
  }
}

function add(values: Float64Array, more: Float64Array, count: number): void {
  for (let k = 0; k < count; k += 1) values[k] = (values[k] ?? 0) + (more[k] ?? 0);
}
