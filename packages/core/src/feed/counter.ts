import type { Member } from "./family.js";
import { type Instrument, type InstrumentParts, isFiniteNumber, LabelledState } from "./instrument.js";
import type { LabelValues } from "./instrument-children.js";
import type { ReadingDraft } from "./reading.js";

/** Counts up. Bad values and labels are dropped, counted and reported; nothing is thrown. */
export interface Counter {
  /** Adds a finite number that is not negative; default 1. */
  inc(value?: number, labels?: LabelValues): void;
  /** Forgets one label set: its series turns absent. */
  remove(labels: LabelValues): void;
}

class CounterChild {
  readonly member: Member;
  value = 0;

  constructor(member: Member) {
    this.member = member;
  }
}

export class CounterInstrument implements Counter, Instrument {
  readonly #state: LabelledState<CounterChild>;
  #overflow = 0;

  constructor(parts: InstrumentParts) {
    this.#state = new LabelledState(parts, (member) => new CounterChild(member));
    // Without labels there is one series, and it counts from zero.
    if (parts.labelNames.length === 0) this.inc(0);
  }

  inc(value = 1, labels?: LabelValues): void {
    if (!isFiniteNumber(value) || value < 0)
      return this.#state.reject("a counter takes finite numbers from 0 up");
    const child = this.#state.find(labels);
    if (child === undefined) return;
    if (child === "full") this.#overflow += value;
    else child.value += value;
  }

  remove(labels: LabelValues): void {
    this.#state.children.remove(labels);
  }

  collect(draft: ReadingDraft): void {
    for (const { member, value } of this.#state.children.values()) draft.give(member, value);
    if (this.#overflow !== 0) draft.give(this.#state.family, this.#overflow);
  }
}
