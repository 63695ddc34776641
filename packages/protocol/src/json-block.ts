import type { Block, BlockSeries, Column, CounterColumn, GaugeColumn, TickRange } from "./block.js";
import { isGaugeColumn, pointCount } from "./block.js";
import { decodeNumber, encodeNumber } from "./json-number.js";
import { type SeriesInfo, slotCount } from "./series.js";
import type { WireBlock, WireBlockSeries, WireColumn, WireNumber, WireSeries } from "./wire-values.js";

/** Blocks as JSON: columns, with every column left out that follows from the others. */

// --- encode ---

/** `idOf` gives a series' id in the view's dictionary; a series without one is described in the block. */
export function encodeBlock(block: Block, idOf: (series: BlockSeries) => number | undefined): WireBlock {
  const gaps = block.gaps.flatMap((gap) => [gap.fromTick, gap.toTick]);
  return {
    from: block.fromTick,
    to: block.toTick,
    step: block.stepTicks,
    series: block.series.map((series) => encodeSeries(block, series, idOf(series))),
    ...(gaps.length > 0 && { gaps }),
  };
}

export function encodeSeriesInfo(info: SeriesInfo, withHelp = false): WireSeries {
  return {
    name: info.name,
    ...(Object.keys(info.labels).length > 0 && { labels: info.labels }),
    ...(info.kind !== "gauge" && { kind: info.kind }),
    ...(info.unit !== undefined && { unit: info.unit }),
    ...(withHelp && info.help !== undefined && { help: info.help }),
    ...(info.bounds !== undefined && { bounds: info.bounds }),
    ...(info.aggregator !== undefined && { aggregator: info.aggregator }),
  };
}

function encodeSeries(block: Block, series: BlockSeries, id: number | undefined): WireBlockSeries {
  const { count, columns } = series;
  const [first] = columns;
  const isHistogram = series.info.kind === "histogram";
  const fullCounts = count.every((samples, k) => samples === 0 || samples === expectedCount(block, k));
  return {
    ...(id === undefined ? { series: encodeSeriesInfo(series.info) } : { id }),
    last: isHistogram
      ? columns.map((column) => encodeColumn(column.last, count))
      : encodeColumn(first?.last ?? new Float64Array(), count),
    ...(first !== undefined && isGaugeColumn(first) && encodeGauge(first, count)),
    ...(!fullCounts && { count: Array.from(count) }),
    ...encodeIncreases(columns.filter(isCounterColumn), count, isHistogram),
  };
}

function expectedCount(block: Pick<Block, "fromTick" | "toTick" | "stepTicks">, point: number): number {
  return Math.min(block.stepTicks, block.toTick - block.fromTick - point * block.stepTicks);
}

function encodeColumn(values: Float64Array, count: Float64Array): WireColumn {
  return Array.from(values, (value, k) => (count[k] === 0 ? null : encodeNumber(value)));
}

function encodeGauge(column: GaugeColumn, count: Float64Array): Partial<WireBlockSeries> {
  const { last } = column;
  const plain = (values: Float64Array) =>
    last.every((value, k) => count[k] === 0 || Object.is(value, values[k]));
  if (plain(column.min) && plain(column.max) && plain(column.sum)) return {};
  return {
    min: encodeColumn(column.min, count),
    max: encodeColumn(column.max, count),
    sum: encodeColumn(column.sum, count),
  };
}

function encodeIncreases(columns: readonly CounterColumn[], count: Float64Array, nested: boolean) {
  const lists = columns.map((column) => sparseIncreases(column, count));
  if (lists.every((list) => list.length === 0)) return {};
  return { increase: nested ? lists : (lists[0] ?? []) };
}

/** [point, increase, …] where it is not the rule's; null says that it is not known. */
function sparseIncreases(column: CounterColumn, count: Float64Array): (WireNumber | null)[] {
  const list: (WireNumber | null)[] = [];
  let previous: number | undefined;
  for (let k = 0; k < count.length; k++) {
    if (count[k] === 0) continue;
    const last = column.last[k] ?? Number.NaN;
    const increase = column.increase[k] ?? Number.NaN;
    if (!Object.is(increase, defaultIncrease(last, previous))) {
      list.push(k, Number.isNaN(increase) ? null : encodeNumber(increase));
    }
    previous = last;
  }
  return list;
}

/** A counter's growth by the general rule: the difference, or all of it after a reset; unknown at the first point. */
export function defaultIncrease(last: number, previous: number | undefined): number {
  if (previous === undefined) return Number.NaN;
  return last >= previous ? last - previous : last;
}

function isCounterColumn(column: Column): column is CounterColumn {
  return !isGaugeColumn(column);
}

// --- decode ---

/** Never throws: what does not fit the block is left out. `infoOf` resolves ids of the view's dictionary. */
export function decodeBlock(wire: WireBlock, infoOf: (id: number) => SeriesInfo | undefined): Block {
  const shape = { fromTick: wire.from, toTick: wire.to, stepTicks: wire.step };
  const points = wire.step > 0 ? pointCount(shape, wire.step) : 0;
  const series: BlockSeries[] = [];
  for (const entry of Array.isArray(wire.series) ? wire.series : []) {
    const info = entry.series ? decodeSeriesInfo(entry.series) : infoOf(entry.id ?? -1);
    if (info) series.push(decodeSeries(entry, info, shape, points));
  }
  return { ...shape, series, gaps: decodeGaps(wire.gaps) };
}

export function decodeSeriesInfo(wire: WireSeries): SeriesInfo {
  return {
    name: String(wire.name),
    labels: wire.labels ?? {},
    kind: wire.kind ?? "gauge",
    ...(wire.unit !== undefined && { unit: wire.unit }),
    ...(wire.help !== undefined && { help: wire.help }),
    ...(wire.bounds !== undefined && { bounds: wire.bounds }),
    ...(wire.aggregator !== undefined && { aggregator: wire.aggregator }),
  };
}

function decodeGaps(flat: readonly number[] | undefined): TickRange[] {
  const gaps: TickRange[] = [];
  for (let k = 0; flat && k + 1 < flat.length; k += 2) {
    gaps.push({ fromTick: flat[k] ?? 0, toTick: flat[k + 1] ?? 0 });
  }
  return gaps;
}

function decodeSeries(
  entry: WireBlockSeries,
  info: SeriesInfo,
  shape: Pick<Block, "fromTick" | "toTick" | "stepTicks">,
  points: number,
): BlockSeries {
  const lasts = columnList(entry.last, info);
  const count = new Float64Array(points);
  for (let k = 0; k < points; k++) {
    const present = decodeNumber(lasts[0]?.[k]) !== undefined;
    count[k] = present ? (entry.count?.[k] ?? expectedCount(shape, k)) : 0;
  }
  const columns = lasts.map((last, slot) =>
    info.kind === "gauge"
      ? decodeGauge(entry, last, points)
      : decodeCounter(increaseList(entry, info, slot), last, count),
  );
  return { info, count, columns };
}

function columnList(last: WireBlockSeries["last"], info: SeriesInfo): WireColumn[] {
  if (info.kind !== "histogram") return [last as WireColumn];
  const lists = last as readonly WireColumn[];
  return Array.from({ length: slotCount(info) }, (_, slot) => lists[slot] ?? []);
}

function increaseList(
  entry: WireBlockSeries,
  info: SeriesInfo,
  slot: number,
): readonly (WireNumber | null)[] {
  if (!entry.increase) return [];
  if (info.kind !== "histogram") return entry.increase as readonly (WireNumber | null)[];
  return (entry.increase as readonly (readonly (WireNumber | null)[])[])[slot] ?? [];
}

function decodeGauge(entry: WireBlockSeries, last: WireColumn, points: number): GaugeColumn {
  const lasts = toNumbers(last, points);
  return {
    last: lasts,
    min: entry.min ? toNumbers(entry.min, points) : lasts,
    max: entry.max ? toNumbers(entry.max, points) : lasts,
    sum: entry.sum ? toNumbers(entry.sum, points) : lasts,
  };
}

function decodeCounter(
  sparse: readonly (WireNumber | null)[],
  last: WireColumn,
  count: Float64Array,
): CounterColumn {
  const lasts = toNumbers(last, count.length);
  const increase = new Float64Array(count.length);
  let previous: number | undefined;
  for (let k = 0; k < count.length; k++) {
    if (count[k] === 0) continue;
    const value = lasts[k] ?? Number.NaN;
    increase[k] = defaultIncrease(value, previous);
    previous = value;
  }
  for (let j = 0; j + 1 < sparse.length; j += 2) {
    const point = sparse[j];
    if (typeof point === "number" && point < count.length)
      increase[point] = decodeNumber(sparse[j + 1]) ?? Number.NaN;
  }
  return { last: lasts, increase };
}

function toNumbers(column: WireColumn, points: number): Float64Array {
  const numbers = new Float64Array(points);
  for (let k = 0; k < points; k++) numbers[k] = decodeNumber(column[k]) ?? Number.NaN;
  return numbers;
}
