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
  /** 1 for each series written to since the last call of `takeChanged`. */
  #touched = new Uint8Array(firstCapacity);
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
    return 2 * this.#values.byteLength + 3 * this.#states.byteLength;
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
      this.#touched = grown(this.#touched, new Uint8Array(this.#states.length));
    }
    return place;
  }

  push(series: Series): void {
    this.#series.push(series);
  }

  stateOf(series: Series): number {
    return this.#states[series.index] ?? seriesState.absent;
  }

  setLive({ index, slot, width }: Series, values: ArrayLike<number>, at: number): void {
    for (let offset = 0; offset < width; offset += 1) {
      const value = values[at + offset] ?? Number.NaN;
      if (isSame(this.#values[slot + offset], value)) continue;
      this.#values[slot + offset] = value;
      this.#touched[index] = 1;
    }
    this.#setState(index, seriesState.live);
  }

  /** Writes values of series that are live, each to its slot. */
  setValues({ slots, owners }: { slots: Int32Array; owners: Int32Array }, values: Float64Array): void {
    const columns = this.#values;
    for (let at = 0; at < slots.length; at += 1) {
      const slot = slots[at] ?? 0;
      const value = values[at] ?? 0;
      if (isSame(columns[slot], value)) continue;
      columns[slot] = value;
      this.#touched[owners[at] ?? 0] = 1;
    }
  }

  /** The last value stands. A series that is stale keeps its first cause, so that all who watch it read the same. */
  setStale(series: Series, cause: StaleCause): void {
    if (this.stateOf(series) === seriesState.stale) return;
    this.#setState(series.index, seriesState.stale);
    this.#causes.set(series.index, cause);
  }

  setAbsent(series: Series): void {
    this.#setState(series.index, seriesState.absent);
  }

  /** Indexes of series that differ from the last call, ascending. */
  takeChanged(): number[] {
    const changed: number[] = [];
    const touched = this.#touched;
    for (let index = 0; index < this.#series.length; index += 1) {
      if (touched[index] !== 1) continue;
      touched[index] = 0;
      const series = this.#series[index];
      if (series === undefined || !this.#differs(series)) continue;
      changed.push(index);
      this.#remember(series);
    }
    return changed;
  }

  #setState(index: number, state: number): void {
    if (this.#states[index] === state) return;
    if (this.#states[index] === seriesState.stale) this.#causes.delete(index);
    this.#states[index] = state;
    this.#touched[index] = 1;
  }

  #differs({ index, slot, width }: Series): boolean {
    if (this.#states[index] !== this.#lastStates[index]) return true;
    const end = slot + width;
    for (let at = slot; at < end; at += 1) {
      if (!isSame(this.#values[at], this.#lastValues[at] ?? 0)) return true;
    }
    return false;
  }

  #remember({ index, slot, width }: Series): void {
    this.#lastStates[index] = this.#states[index] ?? seriesState.absent;
    for (let at = slot; at < slot + width; at += 1) this.#lastValues[at] = this.#values[at] ?? 0;
  }
}

/** As `Object.is`, which costs a call for each pair. */
function isSame(one: number | undefined, other: number): boolean {
  if (one === other) return one !== 0 || 1 / one === 1 / other;
  return Number.isNaN(one) && Number.isNaN(other);
}

function roomFor(count: number): number {
  return 2 ** Math.ceil(Math.log2(count));
}

function grown<A extends Float64Array | Uint8Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}
