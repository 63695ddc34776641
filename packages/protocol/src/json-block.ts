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

/** Samples that a point has where each of its ticks was sampled. */
export function expectedCount(
  block: Pick<Block, "fromTick" | "toTick" | "stepTicks">,
  point: number,
): number {
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

/** The same for the points of a column. */
export function increasesOf(last: Float64Array, count: Float64Array): Float64Array {
  let previous: number | undefined;
  return last.map((value, k) => {
    if (count[k] === 0) return 0;
    const before = previous;
    previous = value;
    return defaultIncrease(value, before);
  });
}

function isCounterColumn(column: Column): column is CounterColumn {
  return !isGaugeColumn(column);
}

// --- decode ---

export type Shape = Pick<Block, "fromTick" | "toTick" | "stepTicks">;

/** Undefined for what is no shape of a block. */
export function shapeOf(fromTick = -1, toTick = -1, stepTicks = 0): Shape | undefined {
  const isSound = [fromTick, toTick, stepTicks].every(Number.isSafeInteger);
  return isSound && fromTick >= 0 && fromTick <= toTick && stepTicks > 0
    ? { fromTick, toTick, stepTicks }
    : undefined;
}

/** Never throws: what does not fit the block is left out. `infoOf` resolves ids of the view's dictionary. */
export function decodeBlock(wire: WireBlock, infoOf: (id: number) => SeriesInfo | undefined): Block {
  const { from, to, step, series, gaps }: WireBlock = Object(wire);
  const shape = shapeOf(from, to, step);
  if (!shape) return { fromTick: 0, toTick: 0, stepTicks: 1, series: [], gaps: [] };
  const decoded = listOf(series).flatMap((entry) => decodeSeries(Object(entry), shape, infoOf) ?? []);
  return { ...shape, series: decoded, gaps: decodeGaps(listOf(gaps)) };
}

export function decodeSeriesInfo({ name, labels, kind, ...rest }: WireSeries): SeriesInfo {
  return { name: typeof name === "string" ? name : "", labels: labels ?? {}, kind: kind ?? "gauge", ...rest };
}

export function decodeGaps(flat: readonly unknown[]): TickRange[] {
  const gaps: TickRange[] = [];
  for (let k = 1; k < flat.length; k += 2) {
    gaps.push({ fromTick: toNumber(flat[k - 1]), toTick: toNumber(flat[k]) });
  }
  return gaps;
}

function decodeSeries(
  entry: WireBlockSeries,
  shape: Shape,
  infoOf: (id: number) => SeriesInfo | undefined,
): BlockSeries | undefined {
  const info = entry.series ? decodeSeriesInfo(entry.series) : infoOf(entry.id ?? -1);
  if (!info) return undefined;
  const points = pointCount(shape, shape.stepTicks);
  const isHistogram = info.kind === "histogram";
  const slotsOf = (value: unknown) => (isHistogram ? listOf(value) : [value]).map(listOf);
  const lasts = slotsOf(entry.last);
  // A value for every point of every slot: so a block is no larger than its text.
  if (lasts.length !== slotCount(info) || lasts.some(({ length }) => length !== points)) return undefined;
  const samples = listOf(entry.count);
  const count = Float64Array.from(lasts[0] ?? [], (value, k) =>
    decodeNumber(value) === undefined ? 0 : toNumber(samples[k] ?? expectedCount(shape, k)),
  );
  const increases = slotsOf(entry.increase);
  const columns = lasts.map((last, slot) =>
    info.kind === "gauge" ? decodeGauge(entry, last) : decodeCounter(increases[slot] ?? [], last, count),
  );
  return { info, count, columns };
}

function decodeGauge({ min, max, sum }: WireBlockSeries, lasts: readonly unknown[]): GaugeColumn {
  const last = toNumbers(lasts);
  const column = (values: unknown) =>
    Array.isArray(values) ? toNumbers(lasts.map((_, k) => values[k])) : last;
  return { last, min: column(min), max: column(max), sum: column(sum) };
}

function decodeCounter(
  sparse: readonly unknown[],
  lasts: readonly unknown[],
  count: Float64Array,
): CounterColumn {
  const last = toNumbers(lasts);
  const increase = increasesOf(last, count);
  for (let k = 1; k < sparse.length; k += 2) {
    const point = sparse[k - 1];
    // Typed arrays ignore what is out of their bounds.
    if (typeof point === "number") increase[point] = toNumber(sparse[k]);
  }
  return { last, increase };
}

function toNumbers(values: readonly unknown[]): Float64Array {
  return Float64Array.from(values, toNumber);
}

/** The number behind a JSON value; NaN where it is none. */
export function toNumber(value: unknown): number {
  return decodeNumber(value) ?? Number.NaN;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
