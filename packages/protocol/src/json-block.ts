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

type Shape = Pick<Block, "fromTick" | "toTick" | "stepTicks">;

/** Never throws: what does not fit the block is left out. `infoOf` resolves ids of the view's dictionary. */
export function decodeBlock(wire: WireBlock, infoOf: (id: number) => SeriesInfo | undefined): Block {
  const empty: Block = { fromTick: 0, toTick: 0, stepTicks: 1, series: [], gaps: [] };
  if (!isObject(wire)) return empty;
  const shape = { fromTick: wire.from, toTick: wire.to, stepTicks: wire.step };
  if (!isShape(shape)) return empty;
  const series: BlockSeries[] = [];
  for (const entry of Array.isArray(wire.series) ? wire.series : []) {
    const decoded = isObject(entry) ? decodeSeries(entry, shape, infoOf) : undefined;
    if (decoded) series.push(decoded);
  }
  return { ...shape, series, gaps: decodeGaps(wire.gaps) };
}

export function decodeSeriesInfo(wire: WireSeries): SeriesInfo {
  return {
    name: typeof wire.name === "string" ? wire.name : "",
    labels: wire.labels ?? {},
    kind: wire.kind ?? "gauge",
    ...(wire.unit !== undefined && { unit: wire.unit }),
    ...(wire.help !== undefined && { help: wire.help }),
    ...(wire.bounds !== undefined && { bounds: wire.bounds }),
    ...(wire.aggregator !== undefined && { aggregator: wire.aggregator }),
  };
}

function isObject<T>(value: T): value is T & object {
  return typeof value === "object" && value !== null;
}

function isShape({ fromTick, toTick, stepTicks }: Shape): boolean {
  return [fromTick, toTick, stepTicks].every(Number.isSafeInteger) && fromTick <= toTick && stepTicks > 0;
}

function decodeGaps(flat: unknown): TickRange[] {
  const gaps: TickRange[] = [];
  for (let k = 0; Array.isArray(flat) && k + 1 < flat.length; k += 2) {
    const [fromTick, toTick]: unknown[] = [flat[k], flat[k + 1]];
    if (typeof fromTick === "number" && typeof toTick === "number") gaps.push({ fromTick, toTick });
  }
  return gaps;
}

function decodeSeries(
  entry: WireBlockSeries,
  shape: Shape,
  infoOf: (id: number) => SeriesInfo | undefined,
): BlockSeries | undefined {
  const info = isObject(entry.series) ? decodeSeriesInfo(entry.series) : infoOf(entry.id ?? -1);
  const lasts = info && columnsOf(entry.last, info, pointCount(shape, shape.stepTicks));
  if (!info || !lasts) return undefined;
  const count = decodeCount(entry, lasts[0] ?? [], shape);
  const columns = lasts.map((last, slot) =>
    info.kind === "gauge"
      ? decodeGauge(entry, last)
      : decodeCounter(increasesOf(entry, info, slot), last, count),
  );
  return { info, count, columns };
}

/** A column per slot; undefined unless each has a value for every point, so that a block is no larger than its text. */
function columnsOf(last: unknown, info: SeriesInfo, points: number): unknown[][] | undefined {
  const isHistogram = info.kind === "histogram";
  const lists: unknown = isHistogram ? last : [last];
  if (!Array.isArray(lists) || (isHistogram && lists.length !== slotCount(info))) return undefined;
  return lists.every((list) => Array.isArray(list) && list.length === points) ? lists : undefined;
}

function decodeCount(entry: WireBlockSeries, last: readonly unknown[], shape: Shape): Float64Array {
  const told = listOf(entry.count);
  return Float64Array.from(last, (value, k) => {
    if (decodeNumber(value) === undefined) return 0;
    const samples = told[k];
    return typeof samples === "number" ? samples : expectedCount(shape, k);
  });
}

function increasesOf(entry: WireBlockSeries, info: SeriesInfo, slot: number): readonly unknown[] {
  const list = listOf(entry.increase);
  return info.kind === "histogram" ? listOf(list[slot]) : list;
}

function decodeGauge(entry: WireBlockSeries, last: readonly unknown[]): GaugeColumn {
  const lasts = toNumbers(last, last.length);
  const column = (values: unknown) => (Array.isArray(values) ? toNumbers(values, last.length) : lasts);
  return { last: lasts, min: column(entry.min), max: column(entry.max), sum: column(entry.sum) };
}

function decodeCounter(
  sparse: readonly unknown[],
  last: readonly unknown[],
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
    // Typed arrays ignore what is out of their bounds.
    if (typeof point === "number") increase[point] = decodeNumber(sparse[j + 1]) ?? Number.NaN;
  }
  return { last: lasts, increase };
}

function toNumbers(column: readonly unknown[], points: number): Float64Array {
  const numbers = new Float64Array(points);
  for (let k = 0; k < points; k++) numbers[k] = decodeNumber(column[k]) ?? Number.NaN;
  return numbers;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
