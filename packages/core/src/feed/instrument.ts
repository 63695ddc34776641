import type { Aggregator } from "@metricast/protocol";
import type { Family } from "./family.js";
import { type Child, InstrumentChildren, type LabelValues } from "./instrument-children.js";
import type { ReadingDraft } from "./reading.js";

export interface InstrumentOptions {
  /** Names of its labels; every push gives exactly these. Default: none. */
  readonly labels?: readonly string[];
  /** As `seconds`, `bytes`, `ratio`. */
  readonly unit?: string;
  readonly help?: string;
  /** How its values of several instances become one. */
  readonly aggregator?: Aggregator;
}

export interface InstrumentParts {
  readonly family: Family;
  readonly labelNames: readonly string[];
  readonly maxLabelSets: number;
  /** A bad value was dropped: counts and tells it. */
  readonly reject: (metric: string, why: string) => void;
}

/** What the feed asks of an instrument at each tick. */
export interface Instrument {
  /** Puts its values into a reading. */
  collect(draft: ReadingDraft): void;
}

/** The label sets of an instrument and what all that found no room share. */
export class LabelledState<C extends Child> {
  readonly family: Family;
  readonly children: InstrumentChildren<C>;
  readonly #reject: InstrumentParts["reject"];

  constructor(parts: InstrumentParts, make: (member: C["member"]) => C) {
    this.family = parts.family;
    this.#reject = parts.reject;
    const { family, labelNames, maxLabelSets: limit } = parts;
    this.children = new InstrumentChildren({ family, labelNames, limit, make });
  }

  find(labels: LabelValues | undefined): C | "full" | undefined {
    const child = this.children.find(labels);
    if (child !== "malformed") return child;
    this.reject("its labels must be exactly those it was defined with, strings of at most 1,000 characters");
    return undefined;
  }

  /** Drops a bad value: it is counted and told, never thrown at who pushed it. */
  reject(why: string): void {
    this.#reject(this.family.traits.name, why);
  }
}

export function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
