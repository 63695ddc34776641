import type { Batch } from "@metricast/core";
import type { SeriesInfo } from "@metricast/protocol";
import { MemoryBudget } from "../../../packages/core/src/history/budget.js";
import { ChannelHistory } from "../../../packages/core/src/history/channel-history.js";
import { seriesKey } from "../../../packages/testkit/src/wire-view.js";

/** A way to keep the ticks of a channel. */
export interface KeptHistory {
  /** Ticks it is to be filled with; what a day of them takes is worked out from that. */
  readonly ticks: number;
  append(batch: Batch): void;
  /** Values of one series, the oldest first; a NaN where it is absent. */
  read(index: number, fromTick: number, count: number): ArrayLike<number>;
  /** Bytes that it says it takes; undefined where it says nothing. */
  readonly accountedBytes?: number;
}

/** A day at 5 s. */
const dayTicks = 17_280;

const makers: Readonly<Record<string, (series: readonly SeriesInfo[]) => KeptHistory>> = {
  metricast: () => new CoreHistory(),
  "Float64Array ring per series": (series) => new Rings(series.length),
  "array of snapshot objects": (series) => new Snapshots(series),
};

export function keptHistory(way: string, series: readonly SeriesInfo[]): KeptHistory {
  const make = makers[way];
  if (make === undefined) throw new Error(`no way ${way}`);
  return make(series);
}

class CoreHistory implements KeptHistory {
  readonly ticks = dayTicks;
  readonly #budget = new MemoryBudget(2 ** 30);
  readonly #history = new ChannelHistory({
    intervalMs: 5_000,
    retentionMs: 86_400_000,
    // Those of a channel of 5 s.
    tierSteps: [2, 12, 180],
    budget: this.#budget,
  });
  #series: Batch["columns"]["series"] = [];

  append(batch: Batch): void {
    this.#series = batch.columns.series;
    this.#history.append(batch);
  }

  read(index: number, fromTick: number, count: number): ArrayLike<number> {
    const one = this.#series[index];
    const range = { fromTick: fromTick - 1, toTick: fromTick - 1 + count, stepTicks: 1 };
    const [points] = this.#history.query({ series: one === undefined ? [] : [one], ...range }).series;
    return points?.columns[0]?.last ?? [];
  }

  get accountedBytes(): number {
    return this.#budget.usedBytes;
  }
}

class Rings implements KeptHistory {
  readonly ticks = dayTicks;
  readonly #rings: readonly Float64Array[];

  constructor(series: number) {
    this.#rings = Array.from({ length: series }, () => new Float64Array(dayTicks));
  }

  append({ tick, columns }: Batch): void {
    const at = tick % dayTicks;
    for (const [index, ring] of this.#rings.entries()) {
      ring[at] = columns.states[index] === 1 ? (columns.values[index] ?? Number.NaN) : Number.NaN;
    }
  }

  read(index: number, fromTick: number, count: number): ArrayLike<number> {
    const ring = this.#rings[index];
    return Float64Array.from({ length: count }, (_, at) => ring?.[(fromTick + at) % dayTicks] ?? Number.NaN);
  }
}

class Snapshots implements KeptHistory {
  // Three hours: a day of them would take a gigabyte.
  readonly ticks = dayTicks / 8;
  readonly #names: readonly string[];
  readonly #kept: { readonly t: number; readonly m: Readonly<Record<string, number>> }[] = [];

  constructor(series: readonly SeriesInfo[]) {
    this.#names = series.map(seriesKey);
  }

  append({ tick, columns }: Batch): void {
    const m: Record<string, number> = {};
    for (const [index, name] of this.#names.entries()) {
      if (columns.states[index] === 1) m[name] = columns.values[index] ?? Number.NaN;
    }
    this.#kept.push({ t: tick, m });
  }

  read(index: number, fromTick: number, count: number): ArrayLike<number> {
    const from = fromTick - (this.#kept[0]?.t ?? 0);
    const name = this.#names[index] ?? "";
    return Float64Array.from({ length: count }, (_, at) => this.#kept[from + at]?.m[name] ?? Number.NaN);
  }
}
