import {
  type Block,
  type Column,
  type CounterColumn,
  isGaugeColumn,
  type SeriesInfo,
  slotCount,
} from "@metricast/protocol";
import type { Columns, Gap, LatestValue, SeriesColumns, SeriesView } from "./columns.js";
import { GapList, type TickGap } from "./gap-list.js";
import { cellCount, type LiveSeries } from "./live-series.js";
import { seriesKey } from "./series-key.js";

/** One series' cells, in the order of a live point's: a column each, all as long as the store's ticks. */
interface Track {
  readonly key: string;
  readonly info: SeriesInfo;
  readonly columns: readonly number[][];
}

/** Points of many series over common ticks, the newest so many of them, and the newest values. */
export class SeriesStore implements SeriesView {
  readonly missing = new GapList();
  intervalMs = 0;
  /** Whether a series found no place. */
  isFull = false;
  readonly #maxRows: number;
  readonly #maxSlots: number;
  readonly #tracks = new Map<string, Track>();
  #ticks: number[] = [];
  #live: readonly LiveSeries[] = [];
  #columns: Columns | undefined;
  #latest: ReadonlyMap<string, LatestValue> | undefined;

  constructor(maxRows: number, maxSlots: number) {
    this.#maxRows = maxRows;
    this.#maxSlots = maxSlots;
  }

  columns(): Columns {
    // A few older rows stand until there are enough of them to remove.
    const cells = (column: readonly number[]) => Float64Array.from(column.slice(-this.#maxRows));
    this.#columns ??= {
      times: cells(this.#ticks).map((tick) => tick * this.intervalMs),
      series: Array.from(this.#tracks.values(), (track) => copyColumns(track, track.columns.map(cells))),
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

  inMs<R>({ fromTick, toTick, reason }: Omit<TickGap, "reason"> & { readonly reason: R }): Omit<
    Gap,
    "reason"
  > & {
    readonly reason: R;
  } {
    return { fromMs: fromTick * this.intervalMs, toMs: toTick * this.intervalMs, reason };
  }

  /** Appends a row; what stands at this tick or after it is of a time that came again, and goes. */
  append(tick: number, live: readonly LiveSeries[]): void {
    this.#live = live;
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
    this.missing.cut({ fromTick: 0, toTick: (this.#ticks.at(-this.#maxRows) ?? 0) - 1 });
    this.#changed(live);
  }

  /** A block takes the place of what is held in its range. */
  merge(block: Block): void {
    const { series, fromTick, toTick, stepTicks } = block;
    const cells = new Map<Track | undefined, readonly Float64Array[]>();
    for (const { info, count, columns } of series) {
      cells.set(this.#trackOf(info, seriesKey(info)), [count, ...columns.flatMap(cellsOf)]);
    }
    const points = Array.from(series[0]?.count ?? [], (_, k) =>
      Math.min(fromTick + (k + 1) * stepTicks, toTick),
    );
    const older = this.#ticks.filter((tick) => tick <= fromTick).length;
    const replaced = this.#ticks.filter((tick) => tick <= toTick).length - older;
    for (const track of this.#tracks.values()) {
      const own = cells.get(track);
      track.columns.forEach((column, k) => {
        const cell = (_: number, point: number) =>
          (own?.[0]?.[point] ? own[k]?.[point] : undefined) ?? emptyCell(k);
        column.splice(older, replaced, ...points.map(cell));
      });
    }
    this.#ticks.splice(older, replaced, ...points);
    this.#trim();
    this.missing.cut(block);
    for (const gap of block.gaps) this.missing.add({ ...gap, reason: "not_sampled" });
    this.#changed();
  }

  /** Series that are not among these have no place any more. */
  keep(live: readonly LiveSeries[]): void {
    const keys = new Set(live.map(({ key }) => key));
    for (const key of this.#tracks.keys()) if (!keys.has(key)) this.#tracks.delete(key);
  }

  /** Ticks of another interval are other times: nothing held is of use then. */
  clear(intervalMs: number): void {
    this.intervalMs = intervalMs;
    this.#tracks.clear();
    this.#ticks = [];
    this.missing.all = [];
    this.#changed([]);
  }

  #changed(live = this.#live): void {
    this.#live = live;
    this.#columns = undefined;
    this.#latest = undefined;
  }

  #trackOf(info: SeriesInfo, key: string): Track | undefined {
    const length = cellCount(info);
    const known = this.#tracks.get(key);
    // A restarted server may give another kind of series the same name.
    if (known?.info.kind === info.kind && known.columns.length === length) return known;
    this.#tracks.delete(key);
    const hasRoom = () => {
      const infos = [info, ...Array.from(this.#tracks.values(), (other) => other.info)];
      return infos.reduce((sum, one) => sum + slotCount(one), 0) <= this.#maxSlots;
    };
    // Series that are not there any more make room first.
    if (!hasRoom()) this.keep(this.#live);
    if (!hasRoom()) {
      this.isFull = true;
      return undefined;
    }
    const columns = Array.from({ length }, (_, k) => this.#ticks.map(() => emptyCell(k)));
    const track = { key, info, columns };
    this.#tracks.set(key, track);
    return track;
  }

  #trim(): void {
    const excess = Math.max(0, this.#ticks.length - this.#maxRows);
    this.#eachColumn((column) => column.splice(0, excess));
    for (const { key, columns } of this.#tracks.values()) {
      if (!columns[0]?.some(Boolean)) this.#tracks.delete(key);
    }
  }

  #eachColumn(change: (column: number[], index: number) => void): void {
    change(this.#ticks, 0);
    for (const { columns } of this.#tracks.values()) columns.forEach(change);
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

function copyColumns({ key, info }: Track, columns: readonly Float64Array[]): SeriesColumns {
  const [count = new Float64Array(), ...rest] = columns;
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
