import { numberText } from "@metricast/protocol";
import { type Batch, type Columns, type Series, seriesState } from "../contracts/feed.js";
import type { JsonTokens } from "./tokens.js";

/** JSON tokens of a channel at its own interval: the values of the head batch. */
export class JsonTickTokens implements JsonTokens {
  readonly stepTicks = 1;
  readonly #columns: Columns;
  #tick: number | undefined;
  #prev: number | undefined;
  #changed: readonly number[] = [];
  #seriesCount = 0;
  #tokens: (string | undefined)[] = [];
  /** Values of this tick and the one before, kept to tell which slots of a histogram moved. */
  #now = new Float64Array();
  #before = new Float64Array();
  /** States of the series at the tick before: who joined while one was away holds none of its slots. */
  #states = new Uint8Array();
  #statesBefore = new Uint8Array();

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  get tick(): number | undefined {
    return this.#tick;
  }
  get prev(): number | undefined {
    return this.#prev;
  }
  get changed(): readonly number[] {
    return this.#changed;
  }
  get seriesCount(): number {
    return this.#seriesCount;
  }

  get bytes(): number {
    return this.#now.byteLength + this.#before.byteLength + 2 * this.#states.byteLength;
  }

  advance(batch: Batch): void {
    this.#tick = batch.tick;
    this.#prev = batch.prev;
    this.#changed = batch.changed;
    this.#seriesCount = batch.columns.series.length;
    this.#tokens = [];
    this.#keepValues(batch.columns);
    this.#statesBefore = this.#states;
    this.#states = batch.columns.states.slice(0, this.#seriesCount);
  }

  token(seriesIndex: number): string {
    const known = this.#tokens[seriesIndex];
    if (known !== undefined) return known;
    const token = this.#encode(seriesIndex, false);
    this.#tokens[seriesIndex] = token;
    return token;
  }

  keyToken(seriesIndex: number): string {
    return this.#encode(seriesIndex, true);
  }

  #encode(seriesIndex: number, whole: boolean): string {
    const series = this.#columns.series[seriesIndex];
    const state = this.#columns.states[seriesIndex];
    if (!series || state === seriesState.absent || state === undefined) return "null";
    if (state === seriesState.stale) {
      return `{"stale":"${this.#columns.staleCause(seriesIndex) ?? "failed"}"}`;
    }
    if (series.info.kind !== "histogram") return numberText(this.#columns.values[series.slot] ?? Number.NaN);
    return this.#slots(series, whole || this.#statesBefore[seriesIndex] !== seriesState.live);
  }

  #slots(series: Series, whole: boolean): string {
    const { values } = this.#columns;
    const parts: string[] = [];
    for (let k = 0; k < series.width; k++) {
      const at = series.slot + k;
      const value = values[at] ?? 0;
      if (whole || !Object.is(value, this.#before[at])) parts.push(`${k},${numberText(value)}`);
    }
    return `[${parts.join(",")}]`;
  }

  #keepValues(columns: Columns): void {
    const recycled =
      this.#before.length >= columns.slotCount ? this.#before : new Float64Array(columns.values.length);
    this.#before = this.#now;
    recycled.set(columns.values.subarray(0, columns.slotCount));
    this.#now = recycled;
  }
}
