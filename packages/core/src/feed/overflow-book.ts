import type { Family, Member, Roster } from "./family.js";
import { type GaugeSpread, Overflow } from "./overflow.js";

/** Why a label set found no room. */
export type OverflowReason = "maxLabelSets" | "maxSeries" | "memory";

/** What one batch could not take up: how many samples, and the first of them. */
export interface Overflowed {
  samples: number;
  readonly metric: string;
  readonly reason: OverflowReason;
}

/** Values of one label set: its slots begin at `at`. */
export interface Slots {
  readonly values: ArrayLike<number>;
  readonly at: number;
}

/** The overflow series of one channel. */
export class OverflowBook {
  readonly #overflows = new Map<Family, Overflow>();
  /** Those that got something in this batch, and who gave it last. */
  readonly #touched = new Map<Family, Roster>();
  #overflowed: Overflowed | undefined;

  /** Counts samples that found no room and are added nowhere. */
  count(family: Family, reason: OverflowReason, samples = 1): void {
    this.#overflowed ??= { samples: 0, metric: family.traits.name, reason };
    this.#overflowed.samples += samples;
  }

  add(family: Family, roster: Roster, tick: number, { values, at }: Slots): void {
    this.#touch(family, roster).add(tick, roster, values, at);
  }

  addGauges(family: Family, roster: Roster, tick: number, gauges: GaugeSpread): void {
    this.#touch(family, roster).addGauges(tick, gauges);
  }

  /** Ends a batch: hands out what each overflow series has come to. */
  settle(tick: number, publish: (member: Member, roster: Roster, slots: Slots) => void): void {
    for (const [family, roster] of this.#touched) {
      const overflow = this.#touch(family, roster);
      const values = overflow.settle(tick);
      let at = 0;
      for (const member of overflow.members) {
        publish(member, roster, { values, at });
        at += member.width;
      }
    }
    this.#touched.clear();
  }

  takeOverflowed(): Overflowed | undefined {
    const overflowed = this.#overflowed;
    this.#overflowed = undefined;
    return overflowed;
  }

  /** Names of metrics with an overflow series that `isLive`. */
  names(isLive: (member: Member) => boolean): string[] {
    const live = [...this.#overflows].filter(([, overflow]) => overflow.members.some(isLive));
    return live.map(([family]) => family.traits.name);
  }

  #touch(family: Family, roster: Roster): Overflow {
    this.#touched.set(family, roster);
    let overflow = this.#overflows.get(family);
    if (overflow === undefined) {
      overflow = new Overflow(family);
      this.#overflows.set(family, overflow);
    }
    return overflow;
  }
}
