import type { Block, BlockSeries, Column } from "../block.js";
import { pointCount } from "../block.js";
import { decodeGaps, decodeSeriesInfo, defaultIncrease, expectedCount } from "../json-block.js";
import { type SeriesInfo, slotCount } from "../series.js";
import { readList } from "./bit-list.js";
import type { BitReader } from "./bit-reader.js";
import { countModeBits, countModes, maxIds } from "./block-codes.js";
import { ColumnReader } from "./column-reader.js";
import { expandDictionary } from "./dictionary.js";
import type { BinaryMessage } from "./message.js";

/** A few bytes may say that millions of points are the same: not more of them than this, or than so many a byte. */
const maxCells = 2 ** 20;
const cellsPerByte = 64;

/** Reads a block; throws for what is none. `infoOf` resolves ids of the view's dictionary. */
export function readBlock(
  { head, body }: Pick<BinaryMessage, "head" | "body">,
  infoOf: (id: number) => SeriesInfo | undefined,
): Block {
  const { from = -1, to = -1, step = 0, gaps = [], series: described = [] } = head;
  const isSound = [from, to, step].every(Number.isSafeInteger) && from >= 0 && from <= to && step > 0;
  const points = pointCount({ fromTick: from, toTick: to }, step);
  const ids = readList(body, maxIds);
  const infos = [...ids.map(infoOf), ...expandDictionary(described).map(decodeSeriesInfo)];
  const cells = infos.reduce((sum, info) => sum + widthOf(info) * points, 0);
  if (!isSound || !(cells <= Math.max(maxCells, body.byteLength * cellsPerByte))) throw new TypeError();
  const shape = { fromTick: from, toTick: to, stepTicks: step };
  const reader = new ColumnReader();
  const series = infos.flatMap((info) => {
    if (!info || body.isOver) throw new TypeError();
    return readSeries(body, reader, info, shape, points);
  });
  if (body.isOver) throw new TypeError();
  return { ...shape, series, gaps: decodeGaps(gaps) };
}

type Shape = Pick<Block, "fromTick" | "toTick" | "stepTicks">;

/** NaN where a series is not known, or is none. */
function widthOf(info: SeriesInfo | undefined): number {
  return info && Array.isArray(info.bounds ?? []) ? slotCount(info) : Number.NaN;
}

function readSeries(
  body: BitReader,
  reader: ColumnReader,
  info: SeriesInfo,
  shape: Shape,
  points: number,
): BlockSeries {
  const count = readCounts(body, reader, shape, points);
  const present: number[] = [];
  for (let k = 0; k < points; k += 1) if (count[k] !== 0) present.push(k);
  const scratch = new Float64Array(present.length);
  const read = (): Float64Array => {
    const column = new Float64Array(points).fill(Number.NaN);
    reader.read(body, scratch, present.length);
    present.forEach((k, at) => {
      column[k] = scratch[at] ?? Number.NaN;
    });
    return column;
  };
  const columns = Array.from({ length: slotCount(info) }, (): Column => {
    const last = read();
    if (info.kind !== "gauge") return { last, increase: readIncreases(body, reader, last, present) };
    if (body.bits(1) === 0) return { last, min: read(), max: read(), sum: read() };
    return { last, min: last, max: last, sum: last.map((value, k) => value * (count[k] ?? 0)) };
  });
  return { info, count, columns };
}

function readCounts(body: BitReader, reader: ColumnReader, shape: Shape, points: number): Float64Array {
  const count = new Float64Array(points);
  const mode = body.bits(countModeBits);
  if (mode === countModes.counted) reader.read(body, count, points);
  else {
    for (let k = 0; k < points; k += 1) {
      if (mode === countModes.full || body.bits(1) === 1) count[k] = expectedCount(shape, k);
    }
  }
  return count;
}

function readIncreases(
  body: BitReader,
  reader: ColumnReader,
  last: Float64Array,
  present: readonly number[],
): Float64Array {
  const increase = new Float64Array(last.length);
  let before: number | undefined;
  for (const k of present) {
    const value = last[k] ?? Number.NaN;
    increase[k] = defaultIncrease(value, before);
    before = value;
  }
  const other = readList(body, present.length);
  const values = new Float64Array(other.length);
  reader.read(body, values, other.length);
  other.forEach((ordinal, at) => {
    increase[present[ordinal] ?? 0] = values[at] ?? Number.NaN;
  });
  return increase;
}
