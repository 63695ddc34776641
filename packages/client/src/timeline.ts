import { type Block, type Column, isGaugeColumn, type SeriesInfo, slotCount } from "@metricast/protocol";
import type { LiveSeries } from "./live-series.js";
import { seriesKey } from "./series-key.js";

/** One series' cells, in the order of a live point's: a column each, all as long as the timeline's ticks. */
export interface Track {
  readonly key: string;
  readonly info: SeriesInfo;
  readonly columns: readonly number[][];
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
    const row = this.#ticks.length;
    this.#eachColumn((column, k) => column.push(emptyCell(k)));
    this.#ticks[row] = tick;
    for (const { info, key, cells } of live) {
      const columns = cells[0] ? this.#trackOf(info, key)?.columns : [];
      columns?.forEach((column, k) => {
        column[row] = cells[k] ?? Number.NaN;
      });
    }
    if (row > this.#maxRows * 1.25) this.#trim();
  }

  /** A block takes the place of what is held in its range. */
  merge({ series, fromTick, toTick, stepTicks }: Block): void {
    const cells = new Map<Track | undefined, readonly Float64Array[]>();
    for (const { info, count, columns } of series) {
      cells.set(this.#trackOf(info, seriesKey(info)), [count, ...columns.flatMap(cellsOf)]);
    }
    const points = Array.from(series[0]?.count ?? [], (_, k) =>
      Math.min(fromTick + (k + 1) * stepTicks, toTick),
    );
    const older = this.#ticks.filter((tick) => tick <= fromTick).length;
    const replaced = this.#ticks.filter((tick) => tick <= toTick).length - older;
    for (const track of this.tracks.values()) {
      const own = cells.get(track);
      track.columns.forEach((column, k) => {
        const cell = (_: number, point: number) =>
          (own?.[0]?.[point] ? own[k]?.[point] : undefined) ?? emptyCell(k);
        column.splice(older, replaced, ...points.map(cell));
      });
    }
    this.#ticks.splice(older, replaced, ...points);
    this.#trim();
  }

  clear(): void {
    this.tracks.clear();
    this.#ticks = [];
  }

  #trackOf(info: SeriesInfo, key: string): Track | undefined {
    const slots = slotCount(info);
    const known = this.tracks.get(key);
    // A restarted server may give another kind of series the same name.
    if (known?.info.kind === info.kind && slotCount(known.info) === slots) return known;
    this.tracks.delete(key);
    let used = slots;
    for (const other of this.tracks.values()) used += slotCount(other.info);
    if (used > this.#maxSlots) {
      this.isFull = true;
      return undefined;
    }
    const columns = Array.from({ length: info.kind === "gauge" ? 5 : 1 + slots * 2 }, (_, k) =>
      this.#ticks.map(() => emptyCell(k)),
    );
    const track = { key, info, columns };
    this.tracks.set(key, track);
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

function cellsOf(column: Column): Float64Array[] {
  return isGaugeColumn(column)
    ? [column.last, column.min, column.max, column.sum]
    : [column.last, column.increase];
}
