import type { Member } from "./family.js";
import { type Instrument, type InstrumentParts, isFiniteNumber, LabelledState } from "./instrument.js";
import type { LabelValues } from "./instrument-children.js";
import type { GaugeSpread } from "./overflow.js";
import type { ReadingDraft } from "./reading.js";

/** A value that goes up and down; absent until its first push. Bad values and labels are dropped, counted and reported. */
export interface Gauge {
  /** Any number, NaN and the infinities too. */
  set(value: number, labels?: LabelValues): void;
  /** Adds a finite number, to 0 where nothing was set; default 1. */
  inc(value?: number, labels?: LabelValues): void;
  /** Takes a finite number away, from 0 where nothing was set; default 1. */
  dec(value?: number, labels?: LabelValues): void;
  /** Forgets one label set: its series turns absent. */
  remove(labels: LabelValues): void;
}

class GaugeChild {
  readonly member: Member;
  value = 0;

  constructor(member: Member) {
    this.member = member;
  }
}

export class GaugeInstrument implements Gauge, Instrument {
  readonly #state: LabelledState<GaugeChild>;
  /** Pushes since the last tick for label sets that found no room. */
  #overflow: GaugeSpread | undefined;

  constructor(parts: InstrumentParts) {
    this.#state = new LabelledState(parts, (member) => new GaugeChild(member));
  }

  set(value: number, labels?: LabelValues): void {
    if (typeof value !== "number") return this.#state.reject("a gauge takes numbers");
    const child = this.#state.find(labels);
    if (child === "full") this.#widen(value);
    else if (child !== undefined) child.value = value;
  }

  inc(value = 1, labels?: LabelValues): void {
    if (!isFiniteNumber(value)) return this.#state.reject("a gauge goes up and down by finite numbers");
    const child = this.#state.find(labels);
    // What a label set without room stands at is not known: its change alone is counted as a value.
    if (child === "full") this.#widen(value);
    else if (child !== undefined) child.value += value;
  }

  dec(value = 1, labels?: LabelValues): void {
    this.inc(isFiniteNumber(value) ? -value : value, labels);
  }

  remove(labels: LabelValues): void {
    this.#state.children.remove(labels);
  }

  collect(draft: ReadingDraft): void {
    for (const { member, value } of this.#state.children.values()) draft.give(member, value);
    if (this.#overflow === undefined) return;
    draft.gaugeOverflows.push({ ...this.#overflow, family: this.#state.family });
    this.#overflow = undefined;
  }

  #widen(value: number): void {
    const { count, min, max } = this.#overflow ?? { count: 0, min: Number.NaN, max: Number.NaN };
    // NaN is no minimum: it loses against any number.
    this.#overflow = {
      count: count + 1,
      min: value < min || Number.isNaN(min) ? value : min,
      max: value > max || Number.isNaN(max) ? value : max,
    };
  }
}
