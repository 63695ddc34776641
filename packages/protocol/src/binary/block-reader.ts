import type { Block, BlockSeries, Column } from "../block.js";
import { pointCount } from "../block.js";
import {
  decodeGaps,
  decodeSeriesInfo,
  expectedCount,
  increasesOf,
  type Shape,
  shapeOf,
} from "../json-block.js";
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
  const { from, to, step, gaps = [], series: described = [] } = head;
  const shape = shapeOf(from, to, step);
  if (!shape) throw new TypeError();
  const points = pointCount(shape, shape.stepTicks);
  const ids = readList(body, maxIds);
  const infos = [...ids.map(infoOf), ...expandDictionary(described).map(decodeSeriesInfo)];
  const cells = infos.reduce((sum, info) => sum + widthOf(info) * points, 0);
  if (!(cells <= Math.max(maxCells, body.byteLength * cellsPerByte))) throw new TypeError();
  const reader = new ColumnReader();
  const series = infos.map((info) => {
    if (!info || body.isOver) throw new TypeError();
    return readSeries(body, reader, info, shape, points);
  });
  if (body.isOver) throw new TypeError();
  return { ...shape, series, gaps: decodeGaps(gaps) };
}

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
  /** Puts numbers at such of the points that are there. */
  const scatter = (into: Float64Array, places: readonly number[]): Float64Array => {
    const values = new Float64Array(places.length);
    reader.read(body, values, places.length);
    places.forEach((place, at) => {
      into[place] = values[at] ?? Number.NaN;
    });
    return into;
  };
  const read = () => scatter(new Float64Array(points).fill(Number.NaN), present);
  const columns = Array.from({ length: slotCount(info) }, (): Column => {
    const last = read();
    if (info.kind !== "gauge") {
      const increase = increasesOf(last, count);
      const others = readList(body, present.length).map((at) => present[at] ?? 0);
      return { last, increase: scatter(increase, others) };
    }
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
