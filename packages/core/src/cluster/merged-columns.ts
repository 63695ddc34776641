import { type SeriesInfo, slotCount } from "@metricast/protocol";
import type { Batch, Columns, Series } from "../contracts/feed.js";
import { ColumnSet } from "../feed/column-set.js";
import type { SeriesNames } from "../history/series-names.js";
import { MergedSeries } from "./merged-series.js";
import { MergedWriter } from "./merged-writer.js";

/**
 * What counters of one that comes stand for: nothing that is known; what the next process of a known one grew by; what was
 * shown until now, so that the merged ones begin there.
 */
export type Standing = "is new" | "goes on" | "is shown";

/**
 * Several instances' columns as one. An instance that says nothing at a tick stands in with its last values; one that leaves
 * takes its gauges with it, and nothing of what its counters added.
 */
export class MergedColumns {
  readonly #channel: string;
  readonly #names: SeriesNames;
  readonly #set = new ColumnSet();
  readonly #byKey = new Map<string, MergedSeries>();
  readonly #byIndex: MergedSeries[] = [];
  /** Keys by name and labels alone: more than one where kinds or bounds differ. */
  readonly #apart = new Map<string, string>();
  readonly #writers = new Map<string, MergedWriter>();
  /** Those that left. */
  readonly #gone = new Map<string, MergedWriter>();
  readonly #dirty = new Set<MergedSeries>();
  #tick: number | undefined;
  #told = 0;
  /** Whether histograms of one name have different bounds. */
  boundsDiffer = false;

  constructor(channel: string, names: SeriesNames) {
    this.#channel = channel;
    this.#names = names;
  }

  get columns(): Columns {
    return this.#set;
  }

  get bytes(): number {
    return this.#set.bytes;
  }

  has(name: string): boolean {
    return this.#writers.has(name);
  }

  /** What a series of ours is in every instance. */
  mergedOf(series: Series): MergedSeries | undefined {
    return this.#byIndex[series.index];
  }

  /** A series as an instance has it. */
  ownSeriesOf(name: string, key: string): Series | undefined {
    return this.#byKey.get(key)?.contributions.find((one) => one.name === name)?.series;
  }

  /** An instance comes, or comes back, and its counters stand somewhere. */
  add(name: string, columns: () => Columns, standing: Standing = "is new"): void {
    const known = this.#gone.get(name);
    const writer = known ?? new MergedWriter(name, columns);
    this.#gone.delete(name);
    this.#writers.set(name, writer);
    for (const [index, merged] of writer.merged.entries()) {
      const series = columns().series[index];
      if (series && merged) merged.add({ name, columns, series });
    }
    this.#admit(writer, Number.POSITIVE_INFINITY);
    const { series, values } = columns();
    for (const one of series) {
      const merged = writer.merged[one.index];
      if (merged === undefined) continue;
      if (standing === "is shown") merged.totals.set(values.subarray(one.slot, one.slot + one.width));
      if (one.info.kind !== "gauge") writer.follow(one, merged, standing === "goes on");
      this.#dirty.add(merged);
    }
  }

  /** An instance that left will not come back. */
  forget(name: string): void {
    this.#gone.delete(name);
  }

  /** An instance has left; where its counters stood is remembered, as its next process may go on from there. */
  remove(name: string): void {
    const writer = this.#writers.get(name);
    if (writer === undefined) return;
    this.#writers.delete(name);
    this.#gone.set(name, writer);
    for (const merged of writer.merged) {
      if (merged === undefined) continue;
      merged.remove(name);
      this.#dirty.add(merged);
    }
  }

  /**
   * The columns of an instance moved on by a batch. `counts`: at the tick that is being closed. What counters grew by
   * before it belongs to the past.
   */
  take(
    name: string,
    { changed, columns }: Pick<Batch, "changed" | "columns">,
    bornAfter: number,
    counts: boolean,
  ): void {
    const writer = this.#writers.get(name);
    if (writer === undefined) return;
    this.#admit(writer, bornAfter);
    for (const index of changed) {
      const series = columns.series[index];
      const merged = writer.merged[index];
      if (series === undefined || merged === undefined) continue;
      if (series.info.kind !== "gauge") writer.follow(series, merged, counts);
      this.#dirty.add(merged);
    }
  }

  /** What all instances are at a tick. */
  close(tick: number): Batch {
    const firstNew = this.#told;
    this.#told = this.#set.series.length;
    for (const merged of this.#dirty) merged.writeTo(this.#set);
    this.#dirty.clear();
    const prev = this.#tick;
    this.#tick = tick;
    const changed = this.#set.takeChanged();
    const before = prev === undefined ? {} : { prev };
    return { channel: this.#channel, tick, ...before, columns: this.#set, changed, firstNew };
  }

  #admit(writer: MergedWriter, bornAfter: number): void {
    const { series } = writer.columns;
    for (let index = writer.merged.length; index < series.length; index += 1) {
      const one = series[index];
      if (one === undefined) continue;
      const merged = one.info.aggregator === "omit" ? undefined : this.#known(one.info, one.bornTick);
      writer.admit(one, merged, one.bornTick > bornAfter);
      merged?.add({ name: writer.name, columns: writer.columnsNow, series: one });
    }
  }

  #known(source: SeriesInfo, bornTick: number): MergedSeries {
    const key = this.#names.keyOf(source);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const width = slotCount(source);
    const info = this.#distinct(source, key);
    const series = { ...this.#set.place(width), width, info, bornTick };
    this.#set.push(series);
    const merged = new MergedSeries(series, key, source);
    this.#byKey.set(key, merged);
    this.#byIndex.push(merged);
    return merged;
  }

  /** What cannot be merged under one name gets a label that tells it apart. */
  #distinct(info: SeriesInfo, key: string): SeriesInfo {
    const plain = this.#names.keyOf({ ...info, kind: "gauge", bounds: [] });
    const first = this.#apart.get(plain);
    if (first === undefined) {
      this.#apart.set(plain, key);
      return info;
    }
    const { kind, bounds = [], labels } = info;
    if (kind === "histogram" && this.#byKey.get(first)?.sourceInfo.kind === "histogram")
      this.boundsDiffer = true;
    const label = kind === "histogram" ? { bounds: bounds.join(",") } : { kind };
    return { ...info, labels: { ...labels, ...label } };
  }
}
