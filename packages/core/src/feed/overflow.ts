import { type Family, Member, type Roster } from "./family.js";
import { type LabelSet, labelSetOf } from "./label-set.js";

/** Values of several gauges at once. */
export interface GaugeSpread {
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

interface Share {
  tick: number;
  readonly sums: Float64Array;
  readonly lastSums: Float64Array;
}

/**
 * What stands in for the label sets of one metric that found no room: one series `overflow="true"` for counters and
 * histograms, three for gauges: `overflow="count"`, `"min"` and `"max"`, over the values of one tick.
 */
export class Overflow {
  readonly members: readonly Member[];
  readonly #gauge: boolean;
  readonly #totals: Float64Array;
  /** Per source: one that fails for a tick must not come back as growth. */
  readonly #shares = new Map<Roster, Share>();
  #tick = -1;
  #count = 0;
  #min = Number.NaN;
  #max = Number.NaN;

  constructor(family: Family) {
    this.#gauge = family.traits.kind === "gauge";
    const words = this.#gauge ? ["count", "min", "max"] : ["true"];
    this.members = words.map((word) => new Member(family, overflowLabels(word)));
    this.#totals = new Float64Array(this.#gauge ? 3 : family.width);
  }

  /** Adds one label set's slots, which begin at `at`. */
  add(tick: number, roster: Roster, values: ArrayLike<number>, at: number): void {
    const first = values[at] ?? Number.NaN;
    if (this.#gauge) this.addGauges(tick, { count: 1, min: first, max: first });
    else this.#addGrowing(tick, roster, values, at);
  }

  addGauges(tick: number, gauges: GaugeSpread): void {
    if (this.#tick !== tick) {
      this.#count = 0;
      this.#min = Number.NaN;
      this.#max = Number.NaN;
    }
    this.#tick = tick;
    this.#count += gauges.count;
    // NaN loses against any number.
    if (gauges.min < this.#min || Number.isNaN(this.#min)) this.#min = gauges.min;
    if (gauges.max > this.#max || Number.isNaN(this.#max)) this.#max = gauges.max;
  }

  /** The slots of its members, one member after the other. */
  settle(tick: number): readonly number[] {
    if (this.#gauge) return [this.#count, this.#min, this.#max];
    for (const share of this.#shares.values()) if (share.tick === tick) this.#grow(share);
    return [...this.#totals];
  }

  #addGrowing(tick: number, roster: Roster, values: ArrayLike<number>, at: number): void {
    const share = this.#shareOf(roster);
    if (share.tick !== tick) {
      share.tick = tick;
      share.sums.fill(0);
    }
    for (let slot = 0; slot < share.sums.length; slot += 1) {
      const value = values[at + slot] ?? 0;
      // One NaN or Infinity would stay in the sum for ever.
      if (Number.isFinite(value)) share.sums[slot] = (share.sums[slot] ?? 0) + value;
    }
  }

  /** A label set that left takes nothing away: what was counted stays counted. */
  #grow(share: Share): void {
    for (let slot = 0; slot < this.#totals.length; slot += 1) {
      const sum = share.sums[slot] ?? 0;
      const growth = Math.max(0, sum - (share.lastSums[slot] ?? 0));
      this.#totals[slot] = (this.#totals[slot] ?? 0) + growth;
      share.lastSums[slot] = sum;
    }
  }

  #shareOf(roster: Roster): Share {
    let share = this.#shares.get(roster);
    if (share === undefined) {
      const width = this.#totals.length;
      share = { tick: -1, sums: new Float64Array(width), lastSums: new Float64Array(width) };
      this.#shares.set(roster, share);
    }
    return share;
  }
}

function overflowLabels(word: string): LabelSet {
  const labels = labelSetOf({ overflow: word });
  if (labels === undefined) throw new Error("overflow labels are malformed");
  return labels;
}
