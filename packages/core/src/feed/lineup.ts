import type { Family, Member } from "./family.js";
import { type LabelSet, noLabels } from "./label-set.js";

/** Whom a sample is for: a series, or the metric where the sample's label set found no room. */
export type Ref = Member | Family;

/** What a lineup's samples looked like and where their values go, each in a list of its own: a walk touches no series. */
export interface Places {
  readonly names: readonly string[];
  readonly kinds: readonly string[];
  readonly labels: readonly LabelSet[];
  /** Per value: its slot in the columns, and the index of its series. */
  readonly slots: Int32Array;
  readonly owners: Int32Array;
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
    this.#places ??= placesOf(members);
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

function placesOf(members: readonly Member[]): Places {
  const width = members.reduce((total, member) => total + member.width, 0);
  const slots = new Int32Array(width);
  const owners = new Int32Array(width);
  let at = 0;
  for (const member of members) {
    for (let slot = member.slot; slot < member.slot + member.width; slot += 1) {
      slots[at] = slot;
      owners[at] = member.index;
      at += 1;
    }
  }
  return {
    names: members.map(({ info }) => info.name),
    kinds: members.map(({ info }) => info.kind),
    labels: members.map(({ labels }) => (labels.names.length === 0 ? noLabels : labels)),
    slots,
    owners,
  };
}
