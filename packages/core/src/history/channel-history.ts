import type { Block, TickRange } from "@metricast/protocol";
import type { Batch, Series } from "../contracts/feed.js";
import type { MemoryBudget, Victim } from "./budget.js";
import { Gaps } from "./gaps.js";
import { LevelSet } from "./level-set.js";
import { PackedTierSegment } from "./packed-tier-segment.js";
import { Past } from "./past.js";
import type { LevelRange } from "./plan.js";
import { PointReader } from "./point-reader.js";
import { type BlockRequest, type LevelSegments, readBlock } from "./query.js";
import { oldestTickAt, stepWithin } from "./resolution.js";
import { Roster } from "./roster.js";
import { type SealedBlock, Seals } from "./sealed.js";
import { Sealing } from "./sealing.js";
import { TierStack } from "./tier-stack.js";
import { keptTierSteps } from "./tier-steps.js";

export interface ChannelHistoryOptions {
  readonly intervalMs: number;
  readonly retentionMs: number;
  /** In ticks, ascending, each a multiple of the one before. */
  readonly tierSteps: readonly number[];
  readonly budget: MemoryBudget;
  /** Called with every segment once it is packed, within `append` or `close`. It must not throw. */
  readonly onSeal?: (block: SealedBlock) => void;
}

/** Of the objects that there are in any case; most of it is scratch memory of those that pack and read. */
const fixedBytes = 32_768;

/**
 * What one channel keeps: every tick as it was read, and tiers of coarser points, as far back as retention and the
 * memory budget allow. Finer levels reach back less far when memory is tight.
 */
export class ChannelHistory {
  readonly #budget: MemoryBudget;
  readonly #retentionTicks: number;
  readonly #sealing = new Sealing();
  readonly #reader = new PointReader();
  readonly #gaps: Gaps;
  readonly #levels: LevelSet;
  readonly #stack: TierStack;
  readonly #roster: Roster;
  readonly #leave: () => void;
  readonly #past: Past;
  readonly #seals: Seals;
  #firstTick: number | undefined;
  #headTick: number | undefined;

  constructor({ intervalMs, retentionMs, tierSteps, budget, onSeal = () => {} }: ChannelHistoryOptions) {
    this.#budget = budget;
    this.#retentionTicks = Math.ceil(retentionMs / intervalMs);
    this.#gaps = new Gaps(budget);
    const seals = new Seals({ within: (from, to) => this.#gapsWithin(from, to) });
    this.#seals = seals;
    this.#levels = new LevelSet({
      retentionTicks: this.#retentionTicks,
      tierSteps,
      budget,
      sealing: this.#sealing,
      reader: this.#reader,
      onSealRaw: (segment) => onSeal(seals.raw(segment)),
      onSealTier: (segment) => onSeal(seals.tier(segment)),
    });
    this.#stack = new TierStack(this.#levels.rolled);
    this.#past = new Past(budget, keptTierSteps(tierSteps));
    const { ring, rolled } = this.#levels;
    this.#roster = new Roster(ring, rolled, budget, (series) => this.#past.standingOf(series));
    budget.take(fixedBytes);
    this.#leave = budget.join({
      squeeze: () => this.#levels.squeeze(),
      victim: () => this.#withGaps(this.#levels.victim(this.#headTick ?? 0)),
      lastVictim: () => this.#withGaps(this.#levels.lastVictim(this.#headTick ?? 0)),
    });
  }

  get headTick(): number | undefined {
    return this.#headTick;
  }

  /** Memory taken from the budget. */
  get bytes(): number {
    return this.#levels.bytes + this.#roster.bytes + this.#gaps.bytes + this.#past.bytes + fixedBytes;
  }

  /** How often a series was not recorded for want of memory; it is tried again when it changes. */
  get refusals(): number {
    return this.#roster.refusals;
  }

  /** The first tick that anything is known of. */
  get firstTick(): number | undefined {
    return this.#past.firstTick ?? this.#firstTick;
  }

  /**
   * Takes in a sealed segment of an earlier process of this instance, newest first; false where it is of no use or finds no
   * room. Counters go on where they stood if this happens before the first batch. Throws for what is no segment.
   */
  restore(bytes: Uint8Array): boolean {
    return this.#past.restore(
      bytes,
      this.#firstTick === undefined ? Number.POSITIVE_INFINITY : (this.#headTick ?? 0),
    );
  }

  /** Everything that is packed, newest first, also of earlier processes. */
  *sealed(): Generator<SealedBlock> {
    const packed = [...this.#levels.packed(), ...this.#past.packed()];
    for (const segment of packed.sort((a, b) => b.lastEnd - a.lastEnd)) {
      yield segment instanceof PackedTierSegment ? this.#seals.tier(segment) : this.#seals.raw(segment);
    }
  }

  /** Series that only earlier processes knew. */
  gone(present: readonly Series[]): readonly Series[] {
    return this.#past.gone(present);
  }

  /** Keeps a batch. Ticks ascend: a tick at or before the head is ignored. */
  append(batch: Batch): void {
    const { tick, columns } = batch;
    if (this.#headTick !== undefined && tick <= this.#headTick) return;
    this.#noteGap(batch);
    const roster = this.#roster;
    const { ring, derived } = this.#levels;
    this.#stack.closeBefore(tick, roster.layout, roster.carry);
    if (ring.isOver(tick)) roster.compact(columns);
    roster.admit(batch);
    ring.append(tick, columns, roster.layout, roster.carry);
    roster.carry.follow(columns, roster.layout);
    this.#stack.add(tick, columns, roster.layout, roster.carry);
    this.#headTick = tick;
    if (this.#levels.expire(tick)) this.#coarsenGaps();
    this.#past.expire(tick - this.#retentionTicks);
    this.#sealing.advance();
    derived?.prepare();
    this.#budget.settle();
  }

  /**
   * Points at a step over (fromTick, toTick]. Exact wherever history holds a level whose step divides `stepTicks`; tiers
   * serve it only where their step divides `fromTick` too. Where only a coarser level is left, its points stand at the
   * ends of its buckets and those between are absent: `stepFor` gives a step that serves the whole range.
   */
  query(request: BlockRequest): Block {
    const all = this.#all();
    const gaps = { within: (from: number, to: number) => this.#gapsWithin(from, to) };
    const levels = all.map(({ segments }) => segments);
    return readBlock({ levels, ranges: all.map(({ range }) => range), gaps, reader: this.#reader }, request);
  }

  /**
   * The finest step that needs at most so many points and that all of the range is still held at, rounded up to a
   * multiple of a tier's step where that costs little. Begin the query at a multiple of it.
   */
  stepFor(fromTick: number, toTick: number, points: number): number {
    return stepWithin(this.#allRanges(), fromTick, toTick, points);
  }

  /** Everything sampled from this tick on can be queried at a step; undefined where nothing can. */
  oldestTick(stepTicks: number): number | undefined {
    if (this.#firstTick === undefined) return undefined;
    const oldest = oldestTickAt(this.#allRanges(), stepTicks);
    return oldest === undefined ? undefined : Math.max(oldest, this.firstTick ?? 0);
  }

  /** No batches are expected any more: packs what there is, and holds no memory for more. */
  rest(): void {
    this.#levels.ring.finish();
    this.#sealing.finish();
  }

  /** Hands out the ticks that are not yet packed, however few, then gives back all memory. */
  close(): void {
    this.#levels.ring.finish();
    this.#sealing.finish();
    this.#leave();
    this.#levels.clear();
    this.#gaps.clear();
    this.#roster.clear();
    this.#past.clear();
    this.#budget.give(fixedBytes);
  }

  #ranges(): LevelRange[] {
    return this.#headTick === undefined ? [] : this.#levels.ranges(this.#headTick);
  }

  /** Levels of the present and the past, finest first; the present holds nothing of what was before it. */
  #all(): { range: LevelRange; segments: LevelSegments }[] {
    const own = this.#ranges().map((range, level) => ({ range, segments: this.#levels.segments[level] }));
    const first = this.#firstTick;
    const past = first === undefined ? [] : this.#past.levels(first);
    const levels = own.flatMap(({ range, segments }) => {
      if (segments === undefined) return [];
      const { stepTicks } = range;
      // Its first bucket may lack what came before.
      const begin =
        past.length === 0 ? range.heldFrom : Math.ceil(((first ?? 1) - 1) / stepTicks) * stepTicks;
      const present = { range: { ...range, heldFrom: Math.max(range.heldFrom, begin) }, segments };
      return [present, ...past.filter((level) => level.range.stepTicks === stepTicks)];
    });
    return levels;
  }

  #allRanges(): LevelRange[] {
    return this.#all().map(({ range }) => range);
  }

  #gapsWithin(fromTick: number, toTick: number): TickRange[] {
    return this.#past.gapsWithin(fromTick, toTick, this.#gaps.within(fromTick, toTick));
  }

  #noteGap({ tick, prev }: Batch): void {
    this.#firstTick ??= tick;
    const before = this.#headTick === undefined ? 0 : (prev ?? this.#headTick);
    if (tick > before + 1) this.#gaps.add(before, tick - 1);
  }

  #withGaps(victim: Victim | undefined): Victim | undefined {
    if (victim === undefined) return undefined;
    return {
      rank: victim.rank,
      drop: () => {
        victim.drop();
        this.#coarsenGaps();
      },
    };
  }

  /** Gaps too short to be seen in the levels that still reach back to them are not worth their memory. */
  #coarsenGaps(): void {
    const ranges = this.#ranges();
    for (const [level, { heldFrom }] of ranges.entries()) {
      this.#gaps.coarsen(heldFrom, ranges[level + 1]?.stepTicks ?? Number.POSITIVE_INFINITY);
    }
  }
}
