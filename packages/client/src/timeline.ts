import { type Block, type Column, isGaugeColumn, type SeriesInfo, slotCount } from "@metricast/protocol";
import type { LiveSeries } from "./live-series.js";
import { seriesKey } from "./series-key.js";

/**
 * One series' cells, a column each, all as long as the timeline's ticks. The first is the count of samples (0: absent).
 * A gauge then has last, min, max and sum; the others have last and increase of each slot.
 */
export interface Track {
  readonly key: string;
  readonly info: SeriesInfo;
  columns: number[][];
}

/** Points of many series over common ticks, the newest so many of them. */
export class Timeline {
  readonly tracks = new Map<string, Track>();
  /** Whether a series found no place. */
  isFull = false;
  readonly #maxRows: number;
  readonly #maxSlots: number;
  #ticks: number[] = [];

  constructor(maxRows: number, maxSlots: number) {
    this.#maxRows = maxRows;
    this.#maxSlots = maxSlots;
  }

  get ticks(): Float64Array {
    return this.cells(this.#ticks);
  }
  /** The oldest tick held, once there are as many as there may be. */
  get firstTick(): number {
    return this.#ticks.at(-this.#maxRows) ?? 0;
  }

  /** What of a column is held: a few older cells stand until there are enough of them to remove. */
  cells(column: readonly number[] = []): Float64Array {
    return Float64Array.from(column.slice(-this.#maxRows));
  }

  /** Appends a row; what stands at this tick or after it is of a time that came again, and goes. */
  append(tick: number, live: readonly LiveSeries[]): void {
    while ((this.#ticks.at(-1) ?? -1) >= tick) this.#eachColumn((column) => column.pop());
    this.#eachColumn((column, k) => column.push(emptyCell(k)));
    const row = this.#ticks.length - 1;
    this.#ticks[row] = tick;
    for (const series of live) {
      const track = series.count > 0 && this.#trackOf(series.info, series.key);
      if (track) writeLive(track.columns, row, series);
    }
    if (row > this.#maxRows * 1.25) this.#trim();
  }

  /** A block takes the place of what is held in its range. */
  merge({ series, fromTick, toTick, stepTicks }: Block): void {
    const cells = new Map<Track, Float64Array[]>();
    for (const { info, count, columns } of series) {
      const track = this.#trackOf(info, seriesKey(info));
      if (track) cells.set(track, [count, ...columns.flatMap(cellsOf)]);
    }
    const points = Array.from(series[0]?.count ?? [], (_, k) =>
      Math.min(fromTick + (k + 1) * stepTicks, toTick),
    );
    const older = this.#ticks.filter((tick) => tick <= fromTick).length;
    const newer = this.#ticks.filter((tick) => tick <= toTick).length;
    const splice = (column: number[], cellOf: (point: number) => number) => [
      ...column.slice(0, older),
      ...points.map((_, point) => cellOf(point)),
      ...column.slice(newer),
    ];
    this.#ticks = splice(this.#ticks, (point) => points[point] ?? 0);
    for (const track of this.tracks.values()) {
      const own = cells.get(track);
      track.columns = track.columns.map((column, k) =>
        splice(column, (point) => (own?.[0]?.[point] ? own[k]?.[point] : undefined) ?? emptyCell(k)),
      );
    }
    this.#trim();
  }

  clear(): void {
    this.tracks.clear();
    this.#ticks = [];
  }

  #trackOf(info: SeriesInfo, key: string): Track | undefined {
    const slots = slotCount(info);
    let track = this.tracks.get(key);
    // A restarted server may give another kind of series the same name.
    if (track?.info.kind !== info.kind || slotCount(track.info) !== slots) {
      this.tracks.delete(key);
      let used = slots;
      for (const other of this.tracks.values()) used += slotCount(other.info);
      this.isFull ||= used > this.#maxSlots;
      if (used > this.#maxSlots) return undefined;
      const columns = Array.from({ length: info.kind === "gauge" ? 5 : 1 + slots * 2 }, (_, k) =>
        this.#ticks.map(() => emptyCell(k)),
      );
      track = { key, info, columns };
      this.tracks.set(key, track);
    }
    return track;
  }

  #trim(): void {
    const excess = Math.max(0, this.#ticks.length - this.#maxRows);
    this.#eachColumn((column) => column.splice(0, excess));
    for (const { key, columns } of this.tracks.values()) {
      if (!columns[0]?.some(Boolean)) this.tracks.delete(key);
    }
  }

  #eachColumn(change: (column: number[], index: number) => void): void {
    change(this.#ticks, 0);
    for (const { columns } of this.tracks.values()) columns.forEach(change);
  }
}

/** The first column counts samples. */
function emptyCell(column: number): number {
  return column ? Number.NaN : 0;
}

// Runs for every series of every frame: no arrays, no closures.
function writeLive(columns: readonly number[][], row: number, series: LiveSeries): void {
  const { last, increase } = series;
  const isGauge = series.info.kind === "gauge";
  set(columns[0], row, series.count);
  for (let slot = 0; slot < last.length; slot++) {
    set(columns[1 + slot * 2], row, last[slot]);
    set(columns[2 + slot * 2], row, isGauge ? series.min : increase[slot]);
  }
  if (!isGauge) return;
  set(columns[3], row, series.max);
  set(columns[4], row, series.sum);
}

function set(column: number[] | undefined, row: number, value = Number.NaN): void {
  if (column) column[row] = value;
}

function cellsOf(column: Column): Float64Array[] {
  return isGaugeColumn(column)
    ? [column.last, column.min, column.max, column.sum]
    : [column.last, column.increase];
}
