import type { StaleCause } from "@metricast/protocol";
import { type Columns, type Series, seriesState } from "../contracts/feed.js";

const firstCapacity = 64;

/** The columns of one channel: newest values and states, and what of them the batch before did not have. */
export class ColumnSet implements Columns {
  readonly #series: Series[] = [];
  readonly #causes = new Map<number, StaleCause>();
  #values = new Float64Array(firstCapacity);
  #states = new Uint8Array(firstCapacity);
  #lastValues = new Float64Array(firstCapacity);
  #lastStates = new Uint8Array(firstCapacity);
  #slotCount = 0;

  get series(): readonly Series[] {
    return this.#series;
  }
  get values(): Float64Array {
    return this.#values;
  }
  get states(): Uint8Array {
    return this.#states;
  }
  get slotCount(): number {
    return this.#slotCount;
  }
  get bytes(): number {
    return 2 * (this.#values.byteLength + this.#states.byteLength);
  }

  staleCause(seriesIndex: number): StaleCause | undefined {
    return this.#causes.get(seriesIndex);
  }

  /** Gives the next series its index and slots. */
  place(width: number): { index: number; slot: number } {
    const place = { index: this.#series.length, slot: this.#slotCount };
    this.#slotCount += width;
    if (this.#slotCount > this.#values.length) {
      this.#values = grown(this.#values, new Float64Array(roomFor(this.#slotCount)));
      this.#lastValues = grown(this.#lastValues, new Float64Array(this.#values.length));
    }
    if (place.index >= this.#states.length) {
      this.#states = grown(this.#states, new Uint8Array(roomFor(place.index + 1)));
      this.#lastStates = grown(this.#lastStates, new Uint8Array(this.#states.length));
    }
    return place;
  }

  push(series: Series): void {
    this.#series.push(series);
  }

  stateOf(series: Series): number {
    return this.#states[series.index] ?? seriesState.absent;
  }

  setLive(series: Series, values: readonly number[], at: number): void {
    for (let slot = 0; slot < series.width; slot += 1) {
      this.#values[series.slot + slot] = values[at + slot] ?? Number.NaN;
    }
    this.#setState(series, seriesState.live);
  }

  /** The last value stands. A series that is stale keeps its first cause, so that all who watch it read the same. */
  setStale(series: Series, cause: StaleCause): void {
    if (this.stateOf(series) === seriesState.stale) return;
    this.#setState(series, seriesState.stale);
    this.#causes.set(series.index, cause);
  }

  setAbsent(series: Series): void {
    this.#setState(series, seriesState.absent);
  }

  /** Indexes of series that differ from the last call, ascending. */
  takeChanged(): number[] {
    const changed: number[] = [];
    for (const series of this.#series) {
      if (this.#differs(series)) {
        changed.push(series.index);
        this.#remember(series);
      }
    }
    return changed;
  }

  #setState(series: Series, state: number): void {
    if (this.#states[series.index] === seriesState.stale) this.#causes.delete(series.index);
    this.#states[series.index] = state;
  }

  #differs({ index, slot, width }: Series): boolean {
    if (this.#states[index] !== this.#lastStates[index]) return true;
    const end = slot + width;
    for (let at = slot; at < end; at += 1) {
      if (!Object.is(this.#values[at], this.#lastValues[at])) return true;
    }
    return false;
  }

  #remember({ index, slot, width }: Series): void {
    this.#lastStates[index] = this.#states[index] ?? seriesState.absent;
    this.#lastValues.set(this.#values.subarray(slot, slot + width), slot);
  }
}

function roomFor(count: number): number {
  return 2 ** Math.ceil(Math.log2(count));
}

function grown<A extends Float64Array | Uint8Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}
