import type { Family, Member } from "./family.js";
import { isObject, saysInOrder, saysSame } from "./label-set.js";

/** Whom a sample is for: a series, or the metric where the sample's label set found no room. */
export type Ref = Member | Family;

/**
 * What a lineup's samples looked like and where their values go, each in a list of its own: a walk touches no series, and
 * reads the lists from their beginning to their end.
 */
export class Places {
  /** Per value: its slot in the columns, and the index of its series. */
  readonly slots: Int32Array;
  readonly owners: Int32Array;
  readonly #names: readonly string[];
  readonly #kinds: readonly string[];
  /** Labels of all samples, one sample's behind the other's, each in the order in which its source gives them. */
  readonly #labelNames: string[] = [];
  readonly #labelValues: string[] = [];
  readonly #labelEnds: Int32Array;

  constructor(members: readonly Member[]) {
    this.#names = members.map(({ info }) => info.name);
    this.#kinds = members.map(({ info }) => info.kind);
    this.#labelEnds = Int32Array.from(members, ({ labels: { names, values } }) => {
      this.#labelNames.push(...names);
      return this.#labelValues.push(...values);
    });
    const slots = members.flatMap(({ slot, width }) => Array.from({ length: width }, (_, at) => slot + at));
    const owners = members.flatMap(({ index, width }) => Array.from({ length: width }, () => index));
    this.slots = Int32Array.from(slots);
    this.owners = Int32Array.from(owners);
  }

  /** Whether a sample is for the series that stood at a place. */
  holds(at: number, name: unknown, labels: unknown, kind: unknown): boolean {
    const to = this.#labelEnds[at];
    if (to === undefined || name !== this.#names[at] || kind !== this.#kinds[at]) return false;
    const from = at === 0 ? 0 : (this.#labelEnds[at - 1] ?? 0);
    if (saysInOrder(labels, this.#labelNames, this.#labelValues, from, to)) return true;
    if (!saysSame(labels, this.#labelNames, this.#labelValues, from, to)) return false;
    if (isObject(labels)) this.#takeOrder(labels, from, to);
    return true;
  }

  /** Next time they are expected as they came. Only their order is theirs: what they say was checked. */
  #takeOrder(labels: object, from: number, to: number): void {
    let at = from;
    for (const name in labels) {
      const known = this.#labelNames.indexOf(name, at);
      // What is asked twice may answer otherwise, and behind the end are another sample's.
      if (known < 0 || known >= to) return;
      swap(this.#labelNames, at, known);
      swap(this.#labelValues, at, known);
      at += 1;
    }
  }
}

/** Whom the samples of a reading are for, in their order. Readings that give the same series in the same order share one. */
export class Lineup {
  readonly refs: readonly Ref[];
  #places: Places | undefined;

  constructor(refs: readonly Ref[] = []) {
    this.refs = refs;
  }

  /** Known once it was given twice, with every one of its series in the catalogue as it stands here. */
  get places(): Places | undefined {
    return this.#places;
  }

  /** All of its refs are series that have their slots. */
  settle(members: readonly Member[]): Places {
    this.#places ??= new Places(members);
    return this.#places;
  }
}

/** A lineup while it comes in. As long as it is the one before, nothing is written down. */
export class LineupDraft {
  readonly before: Lineup;
  #refs: Ref[] | undefined;
  #length = 0;

  constructor(before: Lineup) {
    this.before = before;
  }

  get length(): number {
    return this.#length;
  }

  add(ref: Ref): void {
    const { refs } = this.before;
    if (this.#refs === undefined && refs[this.#length] !== ref) this.#refs = refs.slice(0, this.#length);
    this.#refs?.push(ref);
    this.#length += 1;
  }

  /** The next is the one that stood here before; only while all were. */
  addSame(): void {
    this.#length += 1;
  }

  done(): Lineup {
    const { refs } = this.before;
    if (this.#refs !== undefined) return new Lineup(this.#refs);
    return this.#length === refs.length ? this.before : new Lineup(refs.slice(0, this.#length));
  }
}

function swap(list: string[], a: number, b: number): void {
  const [first, second] = [list[a], list[b]];
  if (first === undefined || second === undefined) return;
  list[a] = second;
  list[b] = first;
}
