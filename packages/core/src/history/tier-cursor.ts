import { BitReader, ColumnReader, type GaugeColumn } from "@metricast/protocol";
import { groupOf, groupStart } from "./columns-index.js";
import type { Layout } from "./layout.js";
import { cellLengthOrder, formBits, gaugeForms, lastForms } from "./tier-codes.js";
import type { CounterTotals } from "./tier-segment.js";

/** A tier's buckets as columns in one buffer, and what is needed to find them in it. */
export interface PackedBuckets {
  readonly layout: Layout;
  readonly seriesCount: number;
  readonly rows: number;
  readonly stepTicks: number;
  readonly packed: Uint8Array;
}

/** Finds and decodes columns of packed buckets. It remembers the series it is at: reading on from there is cheap. */
export class TierCursor {
  readonly #columns = new ColumnReader();
  readonly #single = new Float64Array(1);
  #counts = new Float64Array(0);
  #scratch = new Float64Array(0);
  #buckets: PackedBuckets | undefined;
  #input = new BitReader(new Uint8Array(0));
  /** The series at hand, its counts decoded, and the place of its first slot. */
  #at = -1;
  #slotsAt = 0;

  readCounts(buckets: PackedBuckets, at: number, into: Float64Array): void {
    this.#open(buckets, at);
    for (let row = 0; row < buckets.rows; row += 1) into[row] = this.#counts[row] ?? 0;
  }

  readGauge(buckets: PackedBuckets, at: number, { last, min, max, sum }: GaugeColumn): void {
    this.#seek(buckets, at, 0);
    const { rows } = buckets;
    this.#columns.read(this.#input, last, rows);
    const form = this.#input.bits(formBits);
    if (form !== gaugeForms.flat) {
      for (const column of [min, max, sum]) this.#columns.read(this.#input, column, rows);
    }
    if (form === gaugeForms.plain) return;
    // What is told is what they differ by from a bucket of equal samples.
    for (let row = 0; row < rows; row += 1) {
      const value = last[row] ?? 0;
      const flatSum = value * (this.#counts[row] ?? 0);
      const isFlat = form === gaugeForms.flat;
      min[row] = isFlat ? value : value + (min[row] ?? 0);
      max[row] = isFlat ? value : value + (max[row] ?? 0);
      sum[row] = isFlat ? flatSum : flatSum + (sum[row] ?? 0);
    }
  }

  readCounter(buckets: PackedBuckets, at: number, slot: number, { last, total }: CounterTotals): void {
    this.#seek(buckets, at, slot);
    const { rows } = buckets;
    this.#input.at += 1;
    this.#columns.read(this.#input, this.#scratch, rows + 1);
    for (let row = 0; row < rows; row += 1) total[row] = this.#scratch[row + 1] ?? 0;
    const form = this.#input.bits(formBits);
    if (form === lastForms.plain) return this.#columns.read(this.#input, last, rows);
    const less = form === lastForms.less ? this.#number() : 0;
    for (let row = 0; row < rows; row += 1) last[row] = (total[row] ?? 0) - less;
  }

  totalBefore(buckets: PackedBuckets, at: number, slot: number): number {
    this.#seek(buckets, at, slot);
    const isKnown = this.#input.bits(1) === 1;
    return isKnown ? this.#number() : Number.NaN;
  }

  /** Goes behind the length of a slot's columns. */
  #seek(buckets: PackedBuckets, at: number, slot: number): void {
    this.#open(buckets, at);
    const input = this.#input;
    input.at = this.#slotsAt;
    this.#passOver(slot);
    input.golomb(cellLengthOrder);
  }

  #open(buckets: PackedBuckets, at: number): void {
    if (buckets === this.#buckets && at === this.#at) return;
    const { layout, packed } = buckets;
    const group = groupOf(layout.slotAt[at] ?? 0);
    let ordinal = at;
    while (ordinal > 0 && groupOf(layout.slotAt[ordinal - 1] ?? 0) === group) ordinal -= 1;
    if (buckets === this.#buckets && this.#at >= ordinal && this.#at < at) {
      ordinal = this.#at;
      this.#input.at = this.#slotsAt;
    } else {
      if (buckets !== this.#buckets) this.#begin(buckets);
      this.#input.at = groupStart(packed, group) * 8;
      this.#readCounts(buckets);
    }
    for (; ordinal < at; ordinal += 1) {
      this.#passOver(layout.series[ordinal]?.width ?? 0);
      this.#readCounts(buckets);
    }
    this.#at = at;
    this.#slotsAt = this.#input.at;
  }

  #begin(buckets: PackedBuckets): void {
    this.#buckets = buckets;
    this.#input = new BitReader(buckets.packed);
    if (this.#counts.length >= buckets.rows) return;
    this.#counts = new Float64Array(buckets.rows);
    this.#scratch = new Float64Array(buckets.rows + 1);
  }

  #readCounts({ rows, stepTicks }: PackedBuckets): void {
    if (this.#input.bits(1) === 1) this.#counts.fill(stepTicks, 0, rows);
    else this.#columns.read(this.#input, this.#counts, rows);
  }

  #passOver(slots: number): void {
    const input = this.#input;
    for (let slot = 0; slot < slots; slot += 1) {
      const length = input.golomb(cellLengthOrder);
      input.at += length;
    }
  }

  #number(): number {
    this.#columns.read(this.#input, this.#single, 1);
    return this.#single[0] ?? 0;
  }
}
