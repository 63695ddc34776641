import type { SeriesInfo } from "@metricast/protocol";
import { slotCount } from "@metricast/protocol";
import { type Batch, type Columns, type Series, seriesState } from "../../contracts/feed.js";

/** A series' content at a tick: a value (an array for a histogram), or why there is none. */
export type Cell = number | readonly number[] | "absent" | "stale";

/** Makes batches as a feed does, from plain rows. */
export class TestFeed {
  readonly series: Series[] = [];
  readonly rows: { tick: number; cells: Cell[] }[] = [];
  #values = new Float64Array(0);
  #states = new Uint8Array(0);
  #prev: number | undefined;

  constructor(infos: readonly SeriesInfo[] = [], bornTick = 0) {
    for (const info of infos) this.add(info, bornTick);
  }

  add(info: SeriesInfo, bornTick: number): Series {
    const last = this.series.at(-1);
    const slot = last === undefined ? 0 : last.slot + last.width;
    const series = { index: this.series.length, slot, width: slotCount(info), info, bornTick };
    this.series.push(series);
    return series;
  }

  /** `cells` by series index; what is missing is absent. */
  batch(tick: number, cells: readonly Cell[]): Batch {
    const firstNew = this.#states.length;
    this.#grow();
    for (const { index, slot } of this.series) {
      const cell = cells[index] ?? "absent";
      this.#states[index] = typeof cell === "string" ? seriesState[cell] : seriesState.live;
      if (typeof cell === "number") this.#values[slot] = cell;
      else if (typeof cell !== "string") this.#values.set(cell, slot);
    }
    this.rows.push({ tick, cells: [...cells] });
    const prev = this.#prev;
    this.#prev = tick;
    return {
      channel: "metrics",
      tick,
      ...(prev === undefined ? {} : { prev }),
      columns: this.#columns(),
      changed: this.series.map((series) => series.index),
      firstNew,
    };
  }

  #columns(): Columns {
    return {
      series: [...this.series],
      values: this.#values,
      states: this.#states,
      slotCount: this.#values.length,
      staleCause: () => undefined,
    };
  }

  #grow(): void {
    const last = this.series.at(-1);
    const values = new Float64Array(last === undefined ? 0 : last.slot + last.width);
    values.set(this.#values);
    this.#values = values;
    const states = new Uint8Array(this.series.length);
    states.set(this.#states);
    this.#states = states;
  }
}

export function gauge(name: string): SeriesInfo {
  return { name, labels: {}, kind: "gauge" };
}

export function counter(name: string): SeriesInfo {
  return { name, labels: {}, kind: "counter" };
}

export function histogram(name: string, bounds: readonly number[]): SeriesInfo {
  return { name, labels: {}, kind: "histogram", bounds };
}

/** Whole numbers without a pattern that could be packed, the same at every run. */
export function noise(tick: number, index: number): number {
  return ((Math.imul(tick * 131 + index, 0x9e3779b1) >>> 8) % 2_001) - 1_000;
}
