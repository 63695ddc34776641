import {
  type SeriesInfo,
  type StaleCause,
  slotCount,
  toNumber,
  type WireNumber,
  type WireValue,
} from "@metricast/protocol";
import { seriesKey } from "./series-key.js";

/** A series and its newest point, rewritten with every frame. */
export interface LiveSeries {
  readonly key: string;
  readonly info: SeriesInfo;
  isPresent: boolean;
  stale: StaleCause | undefined;
  /**
   * The point: first its count of samples, 0 where it is absent or stale. A gauge then has last, min, max and sum; the
   * others have last and increase of each slot. NaN where it is not known.
   */
  readonly cells: Float64Array;
}

/** Cells of a point. */
export function cellCount(info: SeriesInfo): number {
  return info.kind === "gauge" ? 5 : 1 + slotCount(info) * 2;
}

/** `base`: what its counters count from; NaN where that is not known. Throws for what is no series. */
export function liveSeries(info: SeriesInfo, base: number): LiveSeries {
  // What is no list could claim any length.
  if (!Array.isArray(info.bounds ?? [])) throw new TypeError();
  const cells = new Float64Array(cellCount(info)).fill(info.kind === "gauge" ? Number.NaN : base);
  cells[0] = 0;
  return { key: seriesKey(info), info, isPresent: false, stale: undefined, cells };
}

/** A frame that does not name a series says that it held its value through the step. */
export function hold({ info, cells, isPresent, stale }: LiveSeries, stepTicks: number): void {
  cells[0] = isPresent && !stale ? stepTicks : 0;
  if (info.kind === "gauge") setConstant(cells);
  else for (let at = 2; at < cells.length; at += 2) cells[at] = 0;
}

/** Writes a value; what makes no sense becomes NaN. `isRepeated`: the point is the one the series had already. */
export function setValue(series: LiveSeries, value: WireValue, stepTicks: number, isRepeated: boolean): void {
  const { info, cells } = series;
  const grow = (slot: number, last: number) => {
    const at = 1 + slot * 2;
    const before = cells[at] ?? Number.NaN;
    cells[at] = last;
    // A counter below what it was began again from zero.
    if (!isRepeated) cells[at + 1] = last < before ? last : last - before;
  };
  series.isPresent = value !== null;
  series.stale = undefined;
  cells[0] = 0;
  if (value === null) return;
  if (typeof value === "object" && "stale" in value) {
    series.stale = value.stale;
    return;
  }
  cells[0] = stepTicks;
  if (typeof value !== "object") {
    grow(0, toNumber(value));
    if (info.kind === "gauge") setConstant(cells);
  } else if ("slots" in value) {
    eachPair(value.slots, grow);
    eachPair(value.increase, (slot, increase) => {
      cells[2 + slot * 2] = increase;
    });
  } else if (info.kind === "histogram") eachPair(value, grow);
  else {
    // In the order of the cells, but for a gauge's count, which comes last.
    value.forEach((cell, k) => {
      cells[(k + 1) % cells.length] = toNumber(cell);
    });
  }
}

/** Of a gauge: the last value in all samples. */
function setConstant(cells: Float64Array): void {
  const [count = 0, last = Number.NaN] = cells;
  cells.fill(last, 2);
  cells[4] = last * count;
}

function eachPair(flat: readonly (WireNumber | null)[], take: (slot: number, value: number) => void): void {
  for (let k = 0; k + 1 < flat.length; k += 2) take(toNumber(flat[k]), toNumber(flat[k + 1]));
}
