import type { Block } from "@metricast/protocol";
import type { Batch } from "../contracts/feed.js";
import type { MemoryBudget, MemoryHolder, Victim } from "./budget.js";
import { Gaps } from "./gaps.js";
import type { LevelRange } from "./plan.js";
import { PointReader } from "./point-reader.js";
import { type BlockRequest, readBlock } from "./query.js";
import { oldestTickAt, stepWithin } from "./resolution.js";
import { Ring } from "./ring.js";
import { Roster } from "./roster.js";
import { type SealedBlock, sealedRaw, sealedTier } from "./sealed.js";
import { levelShare } from "./share.js";
import { Tier } from "./tier.js";
import { TierStack } from "./tier-stack.js";
import { keptTierSteps } from "./tier-steps.js";

export interface ChannelHistoryOptions {
  readonly intervalMs: number;
  readonly retentionMs: number;
  /** In ticks, ascending, each a multiple of the one before. */
  readonly tierSteps: readonly number[];
  readonly budget: MemoryBudget;
  /** Called with every finished segment of ticks and of buckets, within `append`. It must not throw. */
  readonly onSeal?: (block: SealedBlock) => void;
}

/**
 * What one channel keeps: every tick as it was read, and tiers of coarser points, as far back as retention and the
 * memory budget allow. Finer levels reach back less far when memory is tight.
 */
export class ChannelHistory {
  readonly #retentionTicks: number;
  readonly #ring: Ring;
  readonly #tiers: readonly Tier[];
  readonly #stack: TierStack;
  readonly #roster: Roster;
  readonly #gaps: Gaps;
  readonly #reader = new PointReader();
  readonly #leave: () => void;
  #firstTick: number | undefined;
  #headTick: number | undefined;

  constructor({ intervalMs, retentionMs, tierSteps, budget, onSeal = () => {} }: ChannelHistoryOptions) {
    this.#retentionTicks = Math.ceil(retentionMs / intervalMs);
    const gaps = new Gaps(budget);
    this.#gaps = gaps;
    this.#ring = new Ring(budget, (segment) => onSeal(sealedRaw(segment, gaps)));
    this.#tiers = keptTierSteps(tierSteps).map((stepTicks) => {
      const rows = bucketRows(this.#retentionTicks / stepTicks);
      return new Tier({ stepTicks, rows, budget, onSeal: (it) => onSeal(sealedTier(it, stepTicks, gaps)) });
    });
    this.#stack = new TierStack(this.#tiers);
    this.#roster = new Roster(this.#ring, this.#tiers, budget);
    this.#leave = budget.join(this.#holder());
  }

  get headTick(): number | undefined {
    return this.#headTick;
  }

  /** Memory taken from the budget. */
  get bytes(): number {
    return this.#levels().reduce(
      (sum, { shelf }) => sum + shelf.bytes,
      this.#roster.bytes + this.#gaps.bytes,
    );
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
    this.#stack.closeBefore(tick, roster.layout, roster.carry);
    if (this.#ring.isOver(tick)) roster.compact(columns);
    roster.admit(batch);
    this.#ring.append(tick, columns, roster.layout, roster.carry);
    roster.carry.follow(columns, roster.layout);
    this.#stack.add(tick, columns, roster.layout, roster.carry);
    this.#headTick = tick;
    this.#expire(tick);
  }

  /**
   * Points at a step over (fromTick, toTick]. Exact wherever history holds a level whose step divides `stepTicks`; tiers
   * serve it only where their step divides `fromTick` too. Where only a coarser level is left, its points stand at the
   * ends of its buckets and those between are absent: `stepFor` gives a step that serves the whole range.
   */
  query(request: BlockRequest): Block {
    const levels = {
      raw: this.#ring.shelf,
      tiers: this.#tiers.map((tier) => tier.shelf),
      ranges: this.#ranges(),
      gaps: this.#gaps,
      reader: this.#reader,
    };
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

  /** Gives back all memory. */
  close(): void {
    this.#leave();
    for (const { shelf } of this.#levels()) shelf.clear();
    this.#gaps.clear();
    this.#roster.clear();
  }

  #levels(): readonly (Ring | Tier)[] {
    return [this.#ring, ...this.#tiers];
  }

  #ranges(): LevelRange[] {
    const head = this.#headTick;
    if (head === undefined) return [];
    return this.#levels().map((level) => {
      const stepTicks = level instanceof Tier ? level.stepTicks : 1;
      const through = Math.floor(head / stepTicks) * stepTicks;
      return { stepTicks, heldFrom: level.shelf.heldFrom, through };
    });
  }

  #noteGap({ tick, prev }: Batch): void {
    this.#firstTick ??= tick;
    const before = this.#headTick === undefined ? 0 : (prev ?? this.#headTick);
    if (tick > before + 1) this.#gaps.add(before, tick - 1);
  }

  #expire(tick: number): void {
    let dropped = false;
    for (const { shelf } of this.#levels()) dropped = shelf.expire(tick - this.#retentionTicks) || dropped;
    if (dropped) this.#coarsenGaps();
  }

  /** Gaps too short to be seen in the levels that still reach back to them are not worth their memory. */
  #coarsenGaps(): void {
    const ranges = this.#ranges();
    for (const [level, { heldFrom }] of ranges.entries()) {
      this.#gaps.coarsen(heldFrom, ranges[level + 1]?.stepTicks ?? Number.POSITIVE_INFINITY);
    }
  }

  #holder(): MemoryHolder {
    const coarsest = this.#tiers.length;
    return {
      victim: () => {
        let chosen: Victim | undefined;
        for (let level = 0; level < coarsest; level += 1) {
          const victim = this.#victimAt(level);
          if (victim !== undefined && (chosen === undefined || victim.rank > chosen.rank)) chosen = victim;
        }
        return chosen;
      },
      lastVictim: () => this.#victimAt(coarsest),
    };
  }

  #victimAt(level: number): Victim | undefined {
    const shelf = this.#levels()[level]?.shelf;
    const oldest = shelf?.oldestSealed()?.ends[0];
    if (shelf === undefined || oldest === undefined) return undefined;
    const age = ((this.#headTick ?? oldest) - oldest) / this.#retentionTicks;
    return {
      rank: age / levelShare(this.#tiers.length - level),
      drop: () => {
        shelf.dropOldest();
        this.#coarsenGaps();
      },
    };
  }
}

/** Buckets in a segment of a tier that keeps so many: retention lets go of whole segments. */
function bucketRows(buckets: number): number {
  return Math.min(60, Math.max(4, Math.ceil(buckets / 8)));
}
