import type { Block } from "@metricast/protocol";
import type { Batch } from "../contracts/feed.js";
import type { MemoryBudget, Victim } from "./budget.js";
import { Gaps } from "./gaps.js";
import { LevelSet } from "./level-set.js";
import type { LevelRange } from "./plan.js";
import { PointReader } from "./point-reader.js";
import { type BlockRequest, readBlock } from "./query.js";
import { oldestTickAt, stepWithin } from "./resolution.js";
import { Roster } from "./roster.js";
import { type SealedBlock, Seals } from "./sealed.js";
import { Sealing } from "./sealing.js";
import { TierStack } from "./tier-stack.js";

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
  readonly #sealing = new Sealing();
  readonly #reader = new PointReader();
  readonly #gaps: Gaps;
  readonly #levels: LevelSet;
  readonly #stack: TierStack;
  readonly #roster: Roster;
  readonly #leave: () => void;
  #firstTick: number | undefined;
  #headTick: number | undefined;

  constructor({ intervalMs, retentionMs, tierSteps, budget, onSeal = () => {} }: ChannelHistoryOptions) {
    this.#budget = budget;
    this.#gaps = new Gaps(budget);
    const seals = new Seals(this.#gaps);
    this.#levels = new LevelSet({
      retentionTicks: Math.ceil(retentionMs / intervalMs),
      tierSteps,
      budget,
      sealing: this.#sealing,
      reader: this.#reader,
      onSealRaw: (segment) => onSeal(seals.raw(segment)),
      onSealTier: (segment) => onSeal(seals.tier(segment)),
    });
    this.#stack = new TierStack(this.#levels.rolled);
    this.#roster = new Roster(this.#levels.ring, this.#levels.rolled, budget);
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
    return this.#levels.bytes + this.#roster.bytes + this.#gaps.bytes + fixedBytes;
  }

  /** How often a series was not recorded for want of memory; it is tried again when it changes. */
  get refusals(): number {
    return this.#roster.refusals;
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
    const { ring, tiers } = this.#levels;
    const levels = { raw: ring.shelf, tiers, ranges: this.#ranges(), gaps: this.#gaps, reader: this.#reader };
    return readBlock(levels, request);
  }

  /**
   * The finest step that needs at most so many points and that all of the range is still held at, rounded up to a
   * multiple of a tier's step where that costs little. Begin the query at a multiple of it.
   */
  stepFor(fromTick: number, toTick: number, points: number): number {
    return stepWithin(this.#ranges(), fromTick, toTick, points);
  }

  /** Everything sampled from this tick on can be queried at a step; undefined where nothing can. */
  oldestTick(stepTicks: number): number | undefined {
    if (this.#firstTick === undefined) return undefined;
    const oldest = oldestTickAt(this.#ranges(), stepTicks);
    return oldest === undefined ? undefined : Math.max(oldest, this.#firstTick);
  }

  /** Hands out what is complete but not yet packed, then gives back all memory. */
  close(): void {
    this.#sealing.finish();
    this.#leave();
    this.#levels.clear();
    this.#gaps.clear();
    this.#roster.clear();
    this.#budget.give(fixedBytes);
  }

  #ranges(): LevelRange[] {
    return this.#headTick === undefined ? [] : this.#levels.ranges(this.#headTick);
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
