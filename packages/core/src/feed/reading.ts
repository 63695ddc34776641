import type { Family, Member } from "./family.js";
import { type Lineup, LineupDraft, type Ref } from "./lineup.js";
import type { GaugeSpread } from "./overflow.js";
import { Rejections } from "./rejections.js";
import type { SlotBuffer } from "./slot-buffer.js";

/** What a source answered, checked, until a batch takes it. */
export interface Reading {
  readonly lineup: Lineup;
  /** The slots of all samples, one after the other; there may be more behind them. */
  readonly values: Float64Array;
  /** Gauges of label sets that were never kept apart. */
  readonly gaugeOverflows: readonly (GaugeSpread & { readonly family: Family })[];
  /** Known series for which garbage came. */
  readonly spoiled: readonly Member[];
  readonly rejected: Rejections;
  /** The source had more to give than one read may. */
  readonly cut: boolean;
}

/** A reading while it comes in. `slots` is the writer's to lend: the reading is good until it is written into again. */
export class ReadingDraft {
  readonly lineup: LineupDraft;
  readonly slots: SlotBuffer;
  readonly gaugeOverflows: (GaugeSpread & { readonly family: Family })[] = [];
  readonly spoiled: Member[] = [];
  readonly rejected = new Rejections();
  cut = false;

  constructor(before: Lineup, slots: SlotBuffer) {
    this.lineup = new LineupDraft(before);
    this.slots = slots;
    slots.clear();
  }

  give(ref: Ref, value: number): void {
    this.lineup.add(ref);
    this.slots.push(value);
  }

  giveAll(ref: Ref, values: readonly number[]): void {
    this.lineup.add(ref);
    this.slots.pushAll(values);
  }

  done(): Reading {
    const { gaugeOverflows, spoiled, rejected, cut } = this;
    return {
      lineup: this.lineup.done(),
      values: this.slots.values,
      gaugeOverflows,
      spoiled,
      rejected,
      cut,
    };
  }
}
