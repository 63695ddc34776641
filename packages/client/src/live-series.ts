import {
  decodeNumber,
  type SeriesInfo,
  type StaleCause,
  slotCount,
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
  /** Samples in the newest point; 0 where it is absent or stale. */
  count: number;
  /** One number per slot; NaN before the first. */
  readonly last: Float64Array;
  /** Growth over the newest point, per slot; NaN where it is not known. */
  readonly increase: Float64Array;
  /** Of gauges alone. */
  min: number;
  max: number;
  sum: number;
}

/** `base`: what its counters count from; NaN where that is not known. Throws for what is no series. */
export function liveSeries(info: SeriesInfo, base: number): LiveSeries {
  // What is no list could claim any length.
  if (!Array.isArray(info.bounds ?? [])) throw new TypeError();
  const slots = slotCount(info);
  return {
    key: seriesKey(info),
    info,
    isPresent: false,
    stale: undefined,
    count: 0,
    last: new Float64Array(slots).fill(info.kind === "gauge" ? Number.NaN : base),
    increase: new Float64Array(slots).fill(Number.NaN),
    min: Number.NaN,
    max: Number.NaN,
    sum: Number.NaN,
  };
}

/** A frame that does not name a series says that it held its value through the step. */
export function hold(series: LiveSeries, stepTicks: number): void {
  series.increase.fill(0);
  series.count = series.isPresent && !series.stale ? stepTicks : 0;
  setConstant(series);
}

/** Writes a value; what makes no sense becomes NaN. `isRepeated`: the point is the one the series had already. */
export function setValue(series: LiveSeries, value: WireValue, stepTicks: number, isRepeated: boolean): void {
  const { kind } = series.info;
  const grow = (slot: number, last: number) => {
    const before = series.last[slot] ?? Number.NaN;
    series.last[slot] = last;
    // A counter below what it was began again from zero.
    if (!isRepeated) series.increase[slot] = last < before ? last : last - before;
  };
  series.isPresent = value !== null;
  series.stale = undefined;
  series.count = 0;
  if (value === null) return;
  if (typeof value === "object" && "stale" in value) {
    series.stale = value.stale;
    return;
  }
  series.count = stepTicks;
  if (typeof value !== "object") {
    grow(0, toNumber(value));
    setConstant(series);
  } else if ("slots" in value) {
    eachPair(value.slots, grow);
    eachPair(value.increase, (slot, increase) => {
      series.increase[slot] = increase;
    });
  } else if (kind === "histogram") eachPair(value, grow);
  else setPoint(series, value.map(toNumber));
}

function setPoint(
  series: LiveSeries,
  [last = Number.NaN, second = Number.NaN, max = 0, sum = 0, count = 0]: number[],
) {
  series.last[0] = last;
  if (series.info.kind === "counter") series.increase[0] = second;
  else Object.assign(series, { min: second, max, sum, count });
}

function setConstant(series: LiveSeries): void {
  const last = series.last[0] ?? Number.NaN;
  series.min = last;
  series.max = last;
  series.sum = last * series.count;
}

function eachPair(flat: readonly (WireNumber | null)[], take: (slot: number, value: number) => void): void {
  for (let k = 0; k + 1 < flat.length; k += 2) take(toNumber(flat[k]), toNumber(flat[k + 1]));
}

function toNumber(value: unknown): number {
  return decodeNumber(value) ?? Number.NaN;
}
