import {
  type CounterColumn,
  type GaugeColumn,
  type SeriesInfo,
  type StaleCause,
  slotCount,
} from "@metricast/protocol";
import { GapList, type GapReason, type TickGap } from "./gap-list.js";
import type { LiveSeries } from "./live-series.js";
import { Timeline, type Track } from "./timeline.js";

/** A range (from, to] in which there are no points, in milliseconds since the Unix epoch. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: GapReason;
}

interface PlainColumns {
  readonly key: string;
  readonly info: SeriesInfo;
  /** Samples in each point; where it is 0 the point is absent and its numbers are NaN. */
  readonly count: Float64Array;
}
export interface GaugeSeries extends PlainColumns, GaugeColumn {
  readonly kind: "gauge";
}
export interface CounterSeries extends PlainColumns, CounterColumn {
  readonly kind: "counter";
}
/** One column per bucket, each bucket's own count, and one for the sum. */
export interface HistogramSeries extends PlainColumns {
  readonly kind: "histogram";
  readonly slots: readonly CounterColumn[];
}
export type SeriesColumns = GaugeSeries | CounterSeries | HistogramSeries;

export interface Columns {
  /** Where each point ends, in milliseconds since the Unix epoch, ascending; common to all series. */
  readonly times: Float64Array;
  readonly series: readonly SeriesColumns[];
}

export interface LatestValue {
  readonly info: SeriesInfo;
  /** Of a histogram the number of observations. */
  readonly value: number;
  /** Of a histogram: each bucket's own count, then the sum. */
  readonly slots?: Float64Array;
  /** Why the value is old: its source failed, the last value stands. */
  readonly stale?: StaleCause;
}

/** What a subscription holds: columns ready for a chart, and the newest values. Bounded in points and in series. */
export interface SeriesView {
  /** Copies of all columns; the same object until something changes. */
  columns(): Columns;
  /** Newest values by key (`name{label="value"}`), without series that are absent; the same map until one changes. */
  latest(): ReadonlyMap<string, LatestValue>;
  /** Ranges without points within what is held, oldest first. */
  readonly gaps: readonly Gap[];
}

export class SeriesStore implements SeriesView {
  /** Whoever changes what is in here calls `changed`. */
  readonly timeline: Timeline;
  readonly missing = new GapList();
  intervalMs = 0;
  #live: readonly LiveSeries[] = [];
  #columns: Columns | undefined;
  #latest: ReadonlyMap<string, LatestValue> | undefined;

  constructor(maxPoints: number, maxSlots: number) {
    this.timeline = new Timeline(maxPoints, maxSlots);
  }

  columns(): Columns {
    this.#columns ??= {
      times: this.timeline.ticks.map((tick) => tick * this.intervalMs),
      series: Array.from(this.timeline.tracks.values(), (track) => copyColumns(this.timeline, track)),
    };
    return this.#columns;
  }

  latest(): ReadonlyMap<string, LatestValue> {
    const present = () => this.#live.filter(({ isPresent }) => isPresent);
    this.#latest ??= new Map(present().map((series) => [series.key, latestOf(series)]));
    return this.#latest;
  }

  get gaps(): readonly Gap[] {
    return this.missing.all.map((gap) => this.inMs(gap));
  }

  push(tick: number, live: readonly LiveSeries[]): void {
    this.#live = live;
    this.timeline.append(tick, live);
    this.missing.cut({ fromTick: 0, toTick: this.timeline.firstTick - 1 });
    this.changed();
  }

  /** Ticks of another interval are other times: nothing held is of use then. */
  clear(intervalMs: number): void {
    this.intervalMs = intervalMs;
    this.timeline.clear();
    this.missing.cut({ fromTick: 0, toTick: Infinity });
    this.#live = [];
    this.changed();
  }

  changed(): void {
    this.#columns = undefined;
    this.#latest = undefined;
  }

  inMs({ fromTick, toTick, reason }: TickGap): Gap {
    return { fromMs: fromTick * this.intervalMs, toMs: toTick * this.intervalMs, reason };
  }
}

function copyColumns(timeline: Timeline, { key, info, columns }: Track): SeriesColumns {
  const [count = new Float64Array(), ...rest] = columns.map((column) => timeline.cells(column));
  const cells = (k: number) => rest[k] ?? count;
  const slot = (k: number): CounterColumn => ({ last: cells(k), increase: cells(k + 1) });
  const { kind } = info;
  const plain = { key, info, count };
  if (kind === "counter") return { ...plain, kind, ...slot(0) };
  if (kind === "gauge")
    return { ...plain, kind, last: cells(0), min: cells(1), max: cells(2), sum: cells(3) };
  return { ...plain, kind, slots: Array.from({ length: slotCount(info) }, (_, k) => slot(k * 2)) };
}

function latestOf({ info, cells, stale }: LiveSeries): LatestValue {
  const lasts = cells.filter((_, k) => k % 2);
  const isHistogram = info.kind === "histogram";
  const value = isHistogram ? lasts.subarray(0, -1).reduce((sum, count) => sum + count, 0) : cells[1];
  return { info, value: value ?? Number.NaN, ...(isHistogram && { slots: lasts }), ...(stale && { stale }) };
}
