import type { SeriesInfo } from "@metricast/protocol";
import type { Columns, Series } from "../contracts/feed.js";
import type { Select } from "./select.js";

const noId = -1;
const noSeries: readonly Series[] = [];

/** The series of a view and their ids in it, in order of appearance. A mask over a channel's series. */
export class Membership {
  /** Id of each series of the channel, by its index; -1 where the view does not hold it. */
  ids = new Int32Array(0);
  /** The same yes or no, by bits. */
  bits = new Uint32Array(0);
  /** Which words of the bits have any. */
  readonly words: number[] = [];
  /** Indexes of the view's series, by id. */
  readonly members: number[] = [];
  readonly series: Series[] = [];
  /** Slots of all of them. */
  slotCount = 0;
  readonly #select: Select;
  readonly #byInfo = new Map<SeriesInfo, number>();
  #seen = 0;

  constructor(select: Select) {
    this.#select = select;
  }

  /** Gives ids to series that appeared since the last look, up to so many of the channel's; returns those. */
  admit(columns: Columns, seriesCount: number): readonly Series[] {
    if (seriesCount <= this.#seen) return noSeries;
    this.#reserve(seriesCount);
    const firstNew = this.series.length;
    for (; this.#seen < seriesCount; this.#seen++) {
      const series = columns.series[this.#seen];
      const isHeld = series !== undefined && this.#select.matches(series.info);
      this.ids[this.#seen] = isHeld ? this.series.length : noId;
      if (!isHeld) continue;
      this.series.push(series);
      this.members.push(series.index);
      this.slotCount += series.width;
      this.#mark(series.index);
    }
    return this.series.slice(firstNew);
  }

  idOf(index: number): number {
    return this.ids[index] ?? noId;
  }

  /** The id of a series by what it is; -1 where the view does not hold it. */
  idOfInfo(info: SeriesInfo): number {
    for (let id = this.#byInfo.size; id < this.series.length; id++) {
      const series = this.series[id];
      if (series) this.#byInfo.set(series.info, id);
    }
    return this.#byInfo.get(info) ?? noId;
  }

  #mark(index: number): void {
    const word = index >>> 5;
    if (this.words.at(-1) !== word) this.words.push(word);
    this.bits[word] = (this.bits[word] ?? 0) | (1 << (index & 31));
  }

  #reserve(count: number): void {
    if (count <= this.ids.length) return;
    const larger = new Int32Array(Math.max(count, Math.ceil(this.ids.length * 1.5)));
    larger.set(this.ids);
    this.ids = larger;
    const bits = new Uint32Array((larger.length + 31) >>> 5);
    bits.set(this.bits);
    this.bits = bits;
  }
}
