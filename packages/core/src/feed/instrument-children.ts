import type { Family, Member } from "./family.js";
import { type LabelSet, noLabels } from "./label-set.js";
import { isLabelValue } from "./name-rules.js";

/** Labels of one push: exactly the names that the instrument was defined with. */
export type LabelValues = Readonly<Record<string, string>>;

/** What an instrument holds per label set. */
export interface Child {
  readonly member: Member;
}

/** The label sets of one instrument, found by their values. */
export class InstrumentChildren<C extends Child> {
  readonly #family: Family;
  readonly #names: readonly string[];
  readonly #limit: number;
  readonly #make: (member: Member) => C;
  readonly #children = new Map<string, C>();

  constructor(parts: {
    family: Family;
    labelNames: readonly string[];
    limit: number;
    make: (member: Member) => C;
  }) {
    this.#family = parts.family;
    this.#names = [...parts.labelNames].sort();
    this.#limit = parts.limit;
    this.#make = parts.make;
  }

  /** The child of these labels; `full` where there is no room for one more, `malformed` where they are not the defined ones. */
  find(labels: LabelValues | undefined): C | "full" | "malformed" {
    const key = this.#keyOf(labels);
    if (key === undefined) return "malformed";
    const child = this.#children.get(key);
    if (child !== undefined) return child;
    if (this.#children.size >= this.#limit) return "full";
    return this.#add(key, labels);
  }

  remove(labels: LabelValues | undefined): void {
    const key = this.#keyOf(labels);
    if (key !== undefined) this.#children.delete(key);
  }

  values(): Iterable<C> {
    return this.#children.values();
  }

  #add(key: string, labels: LabelValues | undefined): C {
    const child = this.#make(this.#family.newcomer(this.#labelSet(key, labels)));
    this.#children.set(key, child);
    return child;
  }

  #labelSet(key: string, labels: LabelValues | undefined): LabelSet {
    if (labels === undefined || this.#names.length === 0) return noLabels;
    return { names: this.#names, values: this.#names.map((name) => labels[name] ?? ""), key };
  }

  /** As `labelSetOf` makes it. Undefined where the labels are malformed, whatever reading them does. */
  #keyOf(labels: LabelValues | undefined): string | undefined {
    if (labels === undefined) return this.#names.length === 0 ? "" : undefined;
    try {
      let count = 0;
      for (const _ in labels) count += 1;
      if (count !== this.#names.length) return undefined;
      let key = "";
      for (const name of this.#names) {
        const value = labels[name];
        if (!isLabelValue(value)) return undefined;
        key += `${name}=${value.length}:${value}`;
      }
      return key;
    } catch {
      return undefined;
    }
  }
}
