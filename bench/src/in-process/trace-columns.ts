import { type Batch, type Columns, type Series, seriesState } from "@metricast/core";
import type { SeriesInfo } from "@metricast/protocol";

/** A channel's columns with one number a series, and its batches. */
export class TraceColumns implements Columns {
  readonly series: readonly Series[];
  readonly values: Float64Array;
  readonly states: Uint8Array;
  readonly slotCount: number;
  #prev: number | undefined;

  constructor(infos: readonly SeriesInfo[]) {
    this.series = infos.map((info, index) => ({ index, slot: index, width: 1, info, bornTick: 0 }));
    this.slotCount = infos.length;
    this.values = new Float64Array(infos.length);
    this.states = new Uint8Array(infos.length);
  }

  staleCause(): undefined {
    return undefined;
  }

  batch(tick: number, valueAt: (index: number) => number | null): Batch {
    const prev = this.#prev;
    const changed = this.series.flatMap(({ index }) => (this.#set(index, valueAt(index)) ? [index] : []));
    this.#prev = tick;
    const firstNew = prev === undefined ? 0 : this.series.length;
    return {
      channel: "metrics",
      tick,
      ...(prev === undefined ? {} : { prev }),
      columns: this,
      changed,
      firstNew,
    };
  }

  #set(index: number, value: number | null): boolean {
    const state = value === null ? seriesState.absent : seriesState.live;
    const changes = this.states[index] !== state || (value !== null && !Object.is(this.values[index], value));
    this.states[index] = state;
    if (value !== null) this.values[index] = value;
    return changes || this.#prev === undefined;
  }
}
