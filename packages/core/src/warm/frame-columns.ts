import {
  BinaryFrameReader,
  decodeSeriesInfo,
  type FrameMessage,
  type SeriesInfo,
  slotCount,
  toNumber,
  type WireValue,
} from "@metricast/protocol";
import { type Batch, type Columns, type Series, seriesState } from "../contracts/feed.js";
import type { StoredBatch } from "../contracts/store.js";
import { SeriesNames } from "../history/series-names.js";
import { storedMessage } from "../stored-message.js";

/** Reads the stored batches of one writer, and gives what its columns were at each. */
export class FrameColumns {
  readonly #names = new SeriesNames();
  readonly #reader = new BinaryFrameReader(1);
  readonly #series: Series[] = [];
  readonly #byName = new Map<string, Series>();
  /** The dictionary: series by id. */
  #byId: Series[] = [];
  #values = new Float64Array(64);
  #states = new Uint8Array(64);
  #slotCount = 0;
  #tick: number | undefined;

  /** Undefined for a batch that nothing leads up to: reading goes on with the next keyframe. Throws for what is no frame. */
  read(stored: StoredBatch): Batch | undefined {
    const { tick, prev, keyframe, channel } = stored;
    if (!keyframe && (prev === undefined || prev !== this.#tick)) return undefined;
    // Until it is read whole.
    this.#tick = undefined;
    const frame = this.#reader.read(storedMessage(stored.bytes));
    if (frame.tick !== tick) throw new TypeError();
    const firstNew = this.#series.length;
    if (keyframe) {
      this.#byId = [];
      this.#states.fill(seriesState.absent);
    }
    for (const entry of frame.series ?? []) this.#byId.push(this.#known(decodeSeriesInfo(entry), tick));
    this.#apply(frame);
    this.#tick = tick;
    const changed = this.#series.map(({ index }) => index);
    return {
      channel,
      tick,
      columns: this.#columns(),
      changed,
      firstNew,
      ...(prev !== undefined && { prev }),
    };
  }

  #known(info: SeriesInfo, bornTick: number): Series {
    const key = this.#names.keyOf(info);
    const known = this.#byName.get(key);
    if (known !== undefined) return known;
    const series = {
      index: this.#series.length,
      slot: this.#slotCount,
      width: slotCount(info),
      info,
      bornTick,
    };
    this.#slotCount += series.width;
    this.#grow();
    this.#series.push(series);
    this.#byName.set(key, series);
    return series;
  }

  #apply({ i, v }: FrameMessage): void {
    let id = 0;
    for (const [at, distance] of i.entries()) {
      id += distance;
      const series = this.#byId[id];
      if (series === undefined) throw new TypeError();
      this.#set(series, v[at] ?? null);
    }
  }

  #set({ index, slot, width }: Series, value: WireValue): void {
    if (value === null) this.#states[index] = seriesState.absent;
    else if (typeof value === "object" && "stale" in value) this.#states[index] = seriesState.stale;
    else {
      this.#states[index] = seriesState.live;
      if (typeof value !== "object") this.#values[slot] = toNumber(value);
      else if (!("slots" in value)) {
        for (let at = 0; at + 1 < value.length; at += 2) {
          const offset = toNumber(value[at]);
          if (offset >= 0 && offset < width) this.#values[slot + offset] = toNumber(value[at + 1]);
        }
      }
    }
  }

  #grow(): void {
    if (this.#slotCount > this.#values.length) {
      const larger = new Float64Array(2 * this.#slotCount);
      larger.set(this.#values);
      this.#values = larger;
    }
    if (this.#series.length >= this.#states.length) {
      const larger = new Uint8Array(2 * this.#states.length);
      larger.set(this.#states);
      this.#states = larger;
    }
  }

  #columns(): Columns {
    return {
      series: this.#series,
      values: this.#values,
      states: this.#states,
      slotCount: this.#slotCount,
      staleCause: () => undefined,
    };
  }
}
