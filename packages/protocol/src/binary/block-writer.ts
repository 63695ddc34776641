import {
  type Block,
  type BlockSeries,
  type CounterColumn,
  type GaugeColumn,
  isGaugeColumn,
} from "../block.js";
import { defaultIncrease, encodeSeriesInfo, expectedCount } from "../json-block.js";
import { writeList } from "./bit-list.js";
import { BitWriter } from "./bit-writer.js";
import { countModeBits, countModes } from "./block-codes.js";
import { ColumnWriter } from "./column-writer.js";
import { compactDictionary } from "./dictionary.js";
import { binaryKinds, writeHead } from "./message.js";

/** Whose block it is. */
export interface BlockAddress {
  readonly view: number;
  readonly generation: number;
}

/** Writes blocks: columns of points, each with whatever follows from the others left out. */
export class BlockWriter {
  readonly #columns = new ColumnWriter();
  /** Points of the series at hand that are there, by point. */
  readonly #present: number[] = [];
  #scratch = new Float64Array(0);

  /** `idOf` gives a series' id in the view's dictionary; a series without one is described. */
  message(
    block: Block,
    { view, generation }: BlockAddress,
    idOf: (series: BlockSeries) => number,
  ): Uint8Array {
    const named = block.series.filter((series) => idOf(series) >= 0).sort((a, b) => idOf(a) - idOf(b));
    const described = block.series.filter((series) => idOf(series) < 0);
    const gaps = block.gaps.flatMap((gap) => [gap.fromTick, gap.toTick]);
    const out = new BitWriter();
    writeHead(out, binaryKinds.block, view, {
      generation,
      from: block.fromTick,
      to: block.toTick,
      step: block.stepTicks,
      ...(gaps.length > 0 && { gaps }),
      ...(described.length > 0 && {
        series: compactDictionary(described.map(({ info }) => encodeSeriesInfo(info))),
      }),
    });
    const ids = named.map(idOf);
    writeList(out, ids, ids.length, (ids.at(-1) ?? 0) + 1);
    for (const series of named) this.#writeSeries(out, block, series);
    for (const series of described) this.#writeSeries(out, block, series);
    return out.toBytes();
  }

  #writeSeries(out: BitWriter, block: Block, series: BlockSeries): void {
    const { count, columns } = series;
    this.#writeCounts(out, block, count);
    for (const column of columns) {
      this.#writeColumn(out, column.last);
      if (isGaugeColumn(column)) this.#writeGauge(out, column, count);
      else this.#writeIncreases(out, column);
    }
  }

  #writeCounts(out: BitWriter, block: Block, count: Float64Array): void {
    const present = this.#present;
    present.length = 0;
    let isExpected = true;
    for (let k = 0; k < count.length; k += 1) {
      if (count[k] === 0) continue;
      present.push(k);
      isExpected &&= count[k] === expectedCount(block, k);
    }
    const mode = !isExpected ? "counted" : present.length < count.length ? "present" : "full";
    out.bits(countModes[mode], countModeBits);
    if (mode === "counted") this.#columns.write(out, count, count.length);
    if (mode === "present") for (const samples of count) out.bits(samples === 0 ? 0 : 1, 1);
  }

  /** A bit says whether each point is one value throughout. */
  #writeGauge(out: BitWriter, { last, min, max, sum }: GaugeColumn, count: Float64Array): void {
    const isPlain = this.#present.every((k) => {
      const value = last[k] ?? Number.NaN;
      const total = value * (count[k] ?? 0);
      return Object.is(min[k], value) && Object.is(max[k], value) && Object.is(sum[k], total);
    });
    out.bits(isPlain ? 1 : 0, 1);
    if (isPlain) return;
    this.#writeColumn(out, min);
    this.#writeColumn(out, max);
    this.#writeColumn(out, sum);
  }

  /** Only those that do not follow from the last values. */
  #writeIncreases(out: BitWriter, { last, increase }: CounterColumn): void {
    const other: number[] = [];
    const values: number[] = [];
    let before: number | undefined;
    for (const [ordinal, k] of this.#present.entries()) {
      const value = last[k] ?? Number.NaN;
      if (!Object.is(increase[k], defaultIncrease(value, before))) {
        other.push(ordinal);
        values.push(increase[k] ?? Number.NaN);
      }
      before = value;
    }
    writeList(out, other, other.length, this.#present.length);
    this.#columns.write(out, Float64Array.from(values), values.length);
  }

  #writeColumn(out: BitWriter, values: Float64Array): void {
    const present = this.#present;
    if (this.#scratch.length < present.length) this.#scratch = new Float64Array(present.length);
    for (let at = 0; at < present.length; at += 1) this.#scratch[at] = values[present[at] ?? 0] ?? Number.NaN;
    this.#columns.write(out, this.#scratch, present.length);
  }
}
