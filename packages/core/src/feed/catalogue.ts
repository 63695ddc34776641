import type { StaleCause } from "@metricast/protocol";
import { seriesState } from "../contracts/feed.js";
import { ColumnSet } from "./column-set.js";
import { Departures } from "./departures.js";
import { Family, type FamilyTraits, type Member, type Roster, sameBounds } from "./family.js";
import { OverflowBook, type Overflowed, type OverflowReason, type Slots } from "./overflow-book.js";
import type { Reading } from "./reading.js";
import type { Rejections } from "./rejections.js";
import type { SeriesBudget } from "./series-budget.js";

export interface CatalogueParts {
  readonly budget: SeriesBudget;
  readonly maxLabelSets: number;
  /** Ticks that an absent series keeps its slots. */
  readonly holdTicks: number;
}

/** Series that a channel may ever name, as a multiple of the live slots of the process. */
const namedPerSlot = 10;
/** Estimate of what a series takes beside its strings. */
const memberBytes = 400;

/**
 * The series of one channel. They appear when a sample names them and keep their index for good. A series that its
 * source no longer gives is absent; when that lasts, it gives its slots back to the budget (not its index).
 */
export class Catalogue {
  readonly columns = new ColumnSet();
  readonly maxLabelSets: number;
  readonly #budget: SeriesBudget;
  readonly #families = new Map<string, Family>();
  readonly #overflows = new OverflowBook();
  readonly #departures: Departures;
  #nameBytes = 0;

  constructor(parts: CatalogueParts) {
    this.#budget = parts.budget;
    this.maxLabelSets = parts.maxLabelSets;
    this.#departures = new Departures(parts.holdTicks);
  }

  /** Estimate of what its columns and names take. */
  get bytes(): number {
    return this.columns.bytes + this.#nameBytes;
  }

  family(name: string): Family | undefined {
    return this.#families.get(name);
  }

  /** Reserves a name before its first sample. */
  define(traits: FamilyTraits): Family {
    const family = new Family(traits);
    this.#families.set(traits.name, family);
    return family;
  }

  /** Whether, with so many newcomers, another label set of the family would go to its overflow series. */
  isFull(family: Family, newcomers: number): boolean {
    const { charged, width } = family;
    return charged + newcomers >= this.maxLabelSets || !this.#budget.hasRoom((newcomers + 1) * width);
  }

  /** Names of metrics whose overflow series is live. */
  overflowing(): string[] {
    return this.#overflows.names(
      (member) => member.index >= 0 && this.columns.stateOf(member) === seriesState.live,
    );
  }

  /** Takes what a source gave at a tick; of what it gave before, the rest turns absent. */
  apply(reading: Reading, roster: Roster, tick: number): void {
    const { lineup, values } = reading;
    const isPlain = reading.spoiled.length === 0 && reading.gaugeOverflows.length === 0;
    if (isPlain && roster.isSteady && roster.lineup === lineup && lineup.places !== undefined) {
      this.columns.setValues(lineup.places, values);
      roster.wholeTick = tick;
      return;
    }
    const taken = this.#giveAll(reading, roster, tick);
    const isWhole = isPlain && taken.length === lineup.refs.length && taken.length === roster.members.length;
    if (!isWhole) this.#applyRest(reading, roster, tick);
    // Twice the same: a lineup that changes all the time is not worth being prepared.
    roster.isSteady = isWhole && roster.lineup === lineup;
    if (roster.isSteady) lineup.settle(taken);
    roster.lineup = lineup;
  }

  /** The source failed: its series keep their last values. */
  markStale(roster: Roster, cause: StaleCause): void {
    roster.isSteady = false;
    for (const member of roster.members) {
      if (member.owner === roster) this.columns.setStale(member, cause);
    }
  }

  /** The source was not asked, or is gone. */
  markAbsent(roster: Roster, tick: number): void {
    roster.isSteady = false;
    for (const member of roster.members) if (member.owner === roster) this.#leave(member, tick);
    roster.members = [];
  }

  /** Ends a batch. Gives the indexes that changed, and what found no room. */
  settle(tick: number): { changed: number[]; overflowed: Overflowed | undefined } {
    this.#overflows.settle(tick, (member, roster, slots) => this.#publish(member, roster, tick, slots));
    for (const member of this.#departures.takeDue(tick)) this.#release(member);
    return { changed: this.columns.takeChanged(), overflowed: this.#overflows.takeOverflowed() };
  }

  /** The series of the lineup that were taken up as they stand in it. */
  #giveAll({ lineup, values, rejected }: Reading, roster: Roster, tick: number): readonly Member[] {
    const taken: Member[] = [];
    let at = 0;
    for (const given of lineup.refs) {
      const slots = { values, at };
      if (given instanceof Family) this.#overflow(given, roster, tick, slots);
      else if (this.#give(given, roster, tick, slots, rejected)) taken.push(given);
      at += given.width;
    }
    return taken;
  }

  /** What a reading has beside series that are all as they were. */
  #applyRest({ gaugeOverflows, spoiled, cut }: Reading, roster: Roster, tick: number): void {
    for (const { family, ...gauges } of gaugeOverflows) {
      this.#overflows.count(family, "maxLabelSets", gauges.count);
      this.#overflows.addGauges(family, roster, tick, gauges);
    }
    this.#spoil(spoiled, roster, tick);
    this.#sweep(roster, tick, cut);
  }

  /** Whether it was taken up as it is. */
  #give(given: Member, roster: Roster, tick: number, slots: Slots, rejected: Rejections): boolean {
    const member = this.#known(given);
    if (member === undefined) rejected.add("kind");
    else {
      const refusal = member.charged ? undefined : this.#takeUp(member, tick);
      if (refusal !== undefined) this.#overflow(member, roster, tick, slots, refusal);
      else if (member.isGivenAt(tick)) rejected.add("duplicate");
      else {
        this.#set(member, roster, tick, slots);
        return member === given;
      }
    }
    return false;
  }

  /** The catalogue's own series of the same name and labels, where there is one; undefined where the name is of another kind. */
  #known(given: Member): Member | undefined {
    // It has its index, so it is the catalogue's own.
    if (given.index >= 0) return given;
    const family = this.#families.get(given.family.traits.name) ?? given.family;
    if (family.traits.kind !== given.family.traits.kind) return undefined;
    if (family === given.family) return family.members.get(given.key) ?? given;
    const key = family.keyOf(given.labels, given.info.bounds);
    return family.members.get(key) ?? family.newcomer(given.labels, given.info.bounds);
  }

  #takeUp(member: Member, tick: number): OverflowReason | undefined {
    const { family, width } = member;
    if (family.charged >= this.maxLabelSets) return "maxLabelSets";
    if (member.index < 0 && this.#isNamedOut()) return "maxSeries";
    if (!this.#budget.tryTake(width)) return this.#budgetReason();
    member.charged = true;
    family.charged += 1;
    if (member.index < 0) this.#place(member, tick);
    return undefined;
  }

  #place(member: Member, tick: number): void {
    const { index, slot } = this.columns.place(member.width);
    member.index = index;
    member.slot = slot;
    member.bornTick = tick;
    member.family.members.set(member.key, member);
    this.#families.set(member.family.traits.name, member.family);
    this.columns.push(member);
    this.#nameBytes += memberBytes + 4 * member.key.length + 8 * member.width;
  }

  #isNamedOut(): boolean {
    return this.columns.series.length >= namedPerSlot * this.#budget.limit;
  }

  #budgetReason(): OverflowReason {
    return this.#budget.refuse ? "memory" : "maxSeries";
  }

  #set(member: Member, roster: Roster, tick: number, { values, at }: Slots): void {
    this.columns.setLive(member, values, at);
    member.givenTick = tick;
    if (member.owner === roster) return;
    if (member.owner !== undefined) member.owner.isSteady = false;
    member.owner = roster;
    roster.members.push(member);
  }

  #overflow(
    given: Member | Family,
    roster: Roster,
    tick: number,
    slots: Slots,
    reason?: OverflowReason,
  ): void {
    const family = given instanceof Family ? given : given.family;
    const full = family.charged >= this.maxLabelSets ? "maxLabelSets" : this.#budgetReason();
    this.#overflows.count(family, reason ?? full);
    // A metric none of whose series found room has no overflow series, or names without end would have one each;
    // and a histogram of other bounds cannot be added.
    const registered = this.#families.get(family.traits.name) === family;
    const fits = given instanceof Family || sameBounds(given.info.bounds, family.traits.bounds);
    if (registered && fits) this.#overflows.add(family, roster, tick, slots);
  }

  /** Gives an overflow series its values. Where the host uses the very same labels, the host's own sample goes first. */
  #publish(member: Member, roster: Roster, tick: number, slots: Slots): void {
    const known = member.family.members.get(member.key) ?? member;
    if (known.isGivenAt(tick)) return;
    if (known.index < 0) this.#place(known, tick);
    this.#set(known, roster, tick, slots);
  }

  /** Garbage came for series that are known: their last values stand. */
  #spoil(spoiled: readonly Member[], roster: Roster, tick: number): void {
    for (const member of spoiled) {
      if (member.owner !== roster || member.givenTick === tick) continue;
      this.columns.setStale(member, "garbage");
      member.givenTick = tick;
    }
  }

  #sweep(roster: Roster, tick: number, cut: boolean): void {
    const kept: Member[] = [];
    for (const member of roster.members) {
      if (member.owner !== roster) continue;
      if (member.givenTick === tick) {
        kept.push(member);
      } else if (cut) {
        this.columns.setStale(member, "limit");
        kept.push(member);
      } else {
        this.#leave(member, tick);
      }
    }
    roster.members = kept;
  }

  #leave(member: Member, tick: number): void {
    this.columns.setAbsent(member);
    member.owner = undefined;
    member.absentSinceTick = tick;
    if (member.charged) this.#departures.add(member);
  }

  #release(member: Member): void {
    member.charged = false;
    member.family.charged -= 1;
    this.#budget.release(member.width);
  }
}
