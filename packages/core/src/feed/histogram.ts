import type { Member } from "./family.js";
import {
  type Instrument,
  type InstrumentOptions,
  type InstrumentParts,
  isFiniteNumber,
  LabelledState,
} from "./instrument.js";
import type { LabelValues } from "./instrument-children.js";
import type { ReadingDraft } from "./reading.js";

export interface HistogramOptions extends InstrumentOptions {
  /** Upper bounds of the buckets: finite, ascending, at most 256; what lies above the last is counted too. Default: `defaultBounds`. */
  readonly bounds?: readonly number[];
}

/** Counts values by size. Bad values and labels are dropped, counted and reported; nothing is thrown. */
export interface Histogram {
  /** Takes a finite number. A value equal to a bound is in that bound's bucket. */
  observe(value: number, labels?: LabelValues): void;
  /** Forgets one label set: its series turns absent. */
  remove(labels: LabelValues): void;
}

/** Seconds, for what a web service does: 5 ms to 10 s. */
export const defaultBounds: readonly number[] = Object.freeze([
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]);

class HistogramChild {
  readonly member: Member;
  /** Each bucket's own count, then the sum. */
  readonly slots: number[];

  constructor(member: Member) {
    this.member = member;
    this.slots = zeros(member.width);
  }
}

export class HistogramInstrument implements Histogram, Instrument {
  readonly #state: LabelledState<HistogramChild>;
  readonly #bounds: readonly number[];
  #overflow: number[] | undefined;

  constructor(parts: InstrumentParts) {
    this.#bounds = parts.family.traits.bounds ?? defaultBounds;
    this.#state = new LabelledState(parts, (member) => new HistogramChild(member));
    if (parts.labelNames.length === 0) this.#state.find(undefined);
  }

  observe(value: number, labels?: LabelValues): void {
    if (!isFiniteNumber(value)) return this.#state.reject("a histogram takes finite numbers");
    const child = this.#state.find(labels);
    if (child === "full") {
      this.#overflow ??= zeros(this.#state.family.width);
      this.#count(this.#overflow, value);
    } else if (child !== undefined) {
      this.#count(child.slots, value);
    }
  }

  remove(labels: LabelValues): void {
    this.#state.children.remove(labels);
  }

  collect(draft: ReadingDraft): void {
    for (const { member, slots } of this.#state.children.values()) draft.giveAll(member, slots);
    if (this.#overflow !== undefined) draft.giveAll(this.#state.family, this.#overflow);
  }

  #count(slots: number[], value: number): void {
    const bucket = this.#bucketOf(value);
    slots[bucket] = (slots[bucket] ?? 0) + 1;
    const last = slots.length - 1;
    slots[last] = (slots[last] ?? 0) + value;
  }

  /** The first bound that is not below the value, by halving. */
  #bucketOf(value: number): number {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bounds[middle] ?? Number.POSITIVE_INFINITY) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}
