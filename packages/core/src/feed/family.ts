import type { Aggregator, SeriesInfo, SeriesKind } from "@metricast/protocol";
import { slotCount } from "@metricast/protocol";
import type { Series } from "../contracts/feed.js";
import { type LabelSet, labelsObject } from "./label-set.js";

export interface FamilyTraits {
  readonly name: string;
  readonly kind: SeriesKind;
  readonly unit?: string;
  readonly help?: string;
  readonly aggregator?: Aggregator;
  /** A histogram's; the first ones where its series differ. */
  readonly bounds?: readonly number[];
}

/** All series of one metric name. */
export class Family {
  readonly traits: FamilyTraits;
  readonly members = new Map<string, Member>();
  /** Members that count against the label set limit. */
  charged = 0;

  constructor(traits: FamilyTraits) {
    this.traits = traits;
  }

  /** Slots of a series with the family's own bounds. */
  get width(): number {
    return slotCount(this.traits);
  }

  keyOf(labels: LabelSet, bounds?: readonly number[]): string {
    // No label name begins with "|": the key stays unambiguous.
    return bounds === undefined || sameBounds(bounds, this.traits.bounds)
      ? labels.key
      : `${labels.key}|${bounds.join()}`;
  }

  /** A series that is not in the catalogue yet. */
  newcomer(labels: LabelSet, bounds?: readonly number[]): Member {
    return new Member(this, labels, bounds);
  }
}

/** Series that one source gave last; to it they turn stale or absent. */
export class Roster {
  members: Member[] = [];
  /** The lineup it gave last; only to be compared. */
  lineup: object | undefined;
  /** Whether its members are exactly those of the lineup, all of them live: then the next one of it is values only. */
  isSteady = false;
  /** The last tick at which all members were given as one. */
  wholeTick = -1;
}

/** One series, from its first sample on; it has no index until the catalogue takes it up. */
export class Member implements Series {
  readonly family: Family;
  readonly labels: LabelSet;
  readonly key: string;
  readonly info: SeriesInfo;
  readonly width: number;
  index = -1;
  slot = -1;
  bornTick = -1;
  /** The last tick that gave it a value by itself; those that gave it among all of its owner's are the owner's. */
  givenTick = -1;
  absentSinceTick = -1;
  /** Whether it holds slots of the budget. */
  charged = false;
  /** Whether it waits to give them back. */
  leaving = false;
  /** Its place in the last reading that held it. */
  position = -1;
  owner: Roster | undefined;

  constructor(family: Family, labels: LabelSet, bounds?: readonly number[]) {
    this.family = family;
    this.labels = labels;
    this.key = family.keyOf(labels, bounds);
    this.info = seriesInfo(family.traits, labels, bounds);
    this.width = slotCount(this.info);
  }

  isGivenAt(tick: number): boolean {
    return this.givenTick === tick || this.owner?.wholeTick === tick;
  }
}

function seriesInfo(traits: FamilyTraits, labels: LabelSet, bounds?: readonly number[]): SeriesInfo {
  const own = bounds ?? traits.bounds;
  return Object.freeze({
    ...traits,
    labels: labelsObject(labels),
    ...(own === undefined ? {} : { bounds: Object.freeze([...own]) }),
  });
}

export function sameBounds(
  some: readonly unknown[] | undefined,
  other: readonly number[] | undefined,
): boolean {
  if (some === undefined || other === undefined) return some === other;
  return some.length === other.length && some.every((bound, index) => bound === other[index]);
}
