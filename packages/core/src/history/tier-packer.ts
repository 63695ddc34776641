import { BitWriter, ColumnWriter, type GaugeColumn } from "@metricast/protocol";
import { ColumnsWriter } from "./columns-index.js";
import type { PackedTierParts } from "./packed-tier-segment.js";
import { gaugeColumn } from "./rollup.js";
import { writeEnds } from "./row-ends.js";
import { cellLengthOrder, formBits, gaugeForms, lastForms } from "./tier-codes.js";
import type { CounterTotals, TierSegment } from "./tier-segment.js";
import { isExactWhole } from "./whole.js";

/** Packs a tier's buckets into columns, one series at a time; the buckets must not change meanwhile. */
export class TierPacker {
  readonly #segment: TierSegment;
  readonly #stepTicks: number;
  readonly #writer = new ColumnsWriter();
  readonly #columns = new ColumnWriter();
  /** What the slot at hand takes: its length goes before it. */
  readonly #cell = new BitWriter();
  readonly #counts: Float64Array;
  readonly #gauge: GaugeColumn;
  readonly #counter: CounterTotals;
  readonly #scratch: Float64Array;
  #ordinal = 0;

  constructor(segment: TierSegment, stepTicks: number) {
    const { rows } = segment;
    this.#segment = segment;
    this.#stepTicks = stepTicks;
    this.#counts = new Float64Array(rows);
    this.#gauge = gaugeColumn(rows);
    this.#counter = { last: new Float64Array(rows), total: new Float64Array(rows) };
    this.#scratch = new Float64Array(rows + 1);
    writeEnds(this.#writer.out, segment, stepTicks);
  }

  /** Packs the next series; gives the bits it took, 0 where there is none left. */
  next(): number {
    const at = this.#ordinal;
    const { layout, seriesCount } = this.#segment;
    const series = layout.series[at];
    if (series === undefined || at >= seriesCount) return 0;
    this.#ordinal = at + 1;
    const before = this.#writer.bitLength;
    this.#writer.begin(layout.slotAt[at] ?? 0);
    this.#writeCounts(at);
    for (let slot = 0; slot < series.width; slot += 1) {
      this.#cell.clear();
      if (series.info.kind === "gauge") this.#writeGauge(at);
      else this.#writeCounter(at, slot);
      this.#cell.settle();
      this.#writer.out.golomb(this.#cell.bitLength, cellLengthOrder);
      this.#writer.out.copy(this.#cell, 0, this.#cell.bitLength);
    }
    return this.#writer.bitLength - before;
  }

  finish(): PackedTierParts {
    while (this.next() > 0);
    const { layout, seriesCount, rows, firstEnd, lastEnd } = this.#segment;
    const packed = this.#writer.finish();
    return { layout, seriesCount, rows, firstEnd, lastEnd, packed, stepTicks: this.#stepTicks };
  }

  #writeCounts(at: number): void {
    const { out } = this.#writer;
    this.#segment.readCounts(at, this.#counts);
    const isFull = this.#counts.every((count) => count === this.#stepTicks);
    out.bits(isFull ? 1 : 0, 1);
    if (!isFull) this.#columns.write(out, this.#counts, this.#counts.length);
  }

  #writeGauge(at: number): void {
    this.#segment.readGauge(at, this.#gauge);
    const { last, min, max, sum } = this.#gauge;
    this.#writeColumn(last);
    const form = this.#gaugeForm();
    this.#cell.bits(form, formBits);
    if (form === gaugeForms.plain) for (const column of [min, max, sum]) this.#writeColumn(column);
    if (form !== gaugeForms.whole) return;
    this.#writeColumn(min, (row) => this.#last(row));
    this.#writeColumn(max, (row) => this.#last(row));
    this.#writeColumn(sum, (row) => this.#flatSum(row));
  }

  #gaugeForm(): number {
    const { last, min, max, sum } = this.#gauge;
    let form: number = gaugeForms.flat;
    for (let row = 0; row < last.length; row += 1) {
      if (this.#counts[row] === 0) continue;
      const isFlat =
        Object.is(min[row], last[row]) &&
        Object.is(max[row], last[row]) &&
        Object.is(sum[row], this.#flatSum(row));
      if (!isFlat) form = gaugeForms.whole;
    }
    if (form === gaugeForms.flat) return form;
    for (let row = 0; row < last.length; row += 1) {
      if (this.#counts[row] === 0) continue;
      const numbers = [last[row], min[row], max[row], sum[row], this.#flatSum(row)];
      if (!numbers.every(isExactWhole)) return gaugeForms.plain;
    }
    return form;
  }

  #writeCounter(at: number, slot: number): void {
    const cell = this.#cell;
    const { last, total } = this.#counter;
    this.#segment.readCounter(at, slot, this.#counter);
    const before = this.#segment.totalBefore(at, slot);
    const isKnown = !Number.isNaN(before);
    cell.bits(isKnown ? 1 : 0, 1);
    const first = this.#counts.findIndex((count) => count > 0);
    this.#scratch[0] = isKnown ? before : first < 0 ? 0 : (total[first] ?? 0);
    this.#writeColumn(total, undefined, 1);
    const offset = first < 0 ? 0 : (total[first] ?? 0) - (last[first] ?? 0);
    const form = this.#lastForm(offset);
    cell.bits(form, formBits);
    if (form === lastForms.plain) this.#writeColumn(last);
    if (form === lastForms.less) this.#columns.write(cell, Float64Array.of(offset), 1);
  }

  #lastForm(offset: number): number {
    const { last, total } = this.#counter;
    const isLessBy = (less: number): boolean =>
      last.every((value, row) => this.#counts[row] === 0 || Object.is((total[row] ?? 0) - less, value));
    if (isLessBy(0)) return lastForms.same;
    return isLessBy(offset) ? lastForms.less : lastForms.plain;
  }

  /** Where nothing was sampled the number before stays: that costs least. `from` numbers stand in scratch already. */
  #writeColumn(values: Float64Array, expected?: (row: number) => number, from = 0): void {
    const scratch = this.#scratch;
    let held = from > 0 ? (scratch[from - 1] ?? 0) : 0;
    for (let row = 0; row < values.length; row += 1) {
      if (this.#counts[row] !== 0) {
        const value = values[row] ?? Number.NaN;
        held = expected === undefined ? value : value - expected(row);
      }
      scratch[row + from] = held;
    }
    this.#columns.write(this.#cell, scratch, values.length + from);
  }

  #last(row: number): number {
    return this.#gauge.last[row] ?? Number.NaN;
  }

  #flatSum(row: number): number {
    return this.#last(row) * (this.#counts[row] ?? 0);
  }
}
