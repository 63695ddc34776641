import { Mask, type SeriesInfo } from "@metricast/protocol";
import type { Columns, Series } from "../contracts/feed.js";
import type { Select } from "./select.js";

const noId = -1;
const noSeries: readonly Series[] = [];

/** The series of a view and their ids in it, in order of appearance. */
export class Membership {
  readonly mask = new Mask();
  /** By id. */
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
    const firstNew = this.series.length;
    for (; this.#seen < seriesCount; this.#seen++) {
      const series = columns.series[this.#seen];
      if (series === undefined || !this.#select.matches(series.info)) continue;
      this.series.push(series);
      this.mask.add(series.index);
      this.slotCount += series.width;
    }
    return this.series.slice(firstNew);
  }

  /** The id of a series by what it is; -1 where the view does not hold it. */
  idOfInfo(info: SeriesInfo): number {
    for (let id = this.#byInfo.size; id < this.series.length; id++) {
      const series = this.series[id];
      if (series) this.#byInfo.set(series.info, id);
    }
    return this.#byInfo.get(info) ?? noId;
  }
}
