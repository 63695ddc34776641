import type { MemoryBudget, Victim } from "./budget.js";
import { DerivedTier } from "./derived-tier.js";
import { PackedRawSegment } from "./packed-raw-segment.js";
import { PackedTierSegment } from "./packed-tier-segment.js";
import type { LevelRange } from "./plan.js";
import type { PointReader } from "./point-reader.js";
import type { LevelSegments } from "./query.js";
import { RawCursor } from "./raw-cursor.js";
import { Ring } from "./ring.js";
import type { Sealing } from "./sealing.js";
import { levelShare } from "./share.js";
import type { Shelf } from "./shelf.js";
import { Tier } from "./tier.js";
import { TierCursor } from "./tier-cursor.js";
import type { TierSegment } from "./tier-segment.js";
import { bucketRows, isDerived, keptTierSteps } from "./tier-steps.js";

export interface LevelSetParts {
  readonly retentionTicks: number;
  readonly tierSteps: readonly number[];
  readonly budget: MemoryBudget;
  readonly sealing: Sealing;
  readonly reader: PointReader;
  readonly onSealRaw: (segment: PackedRawSegment) => void;
  readonly onSealTier: (segment: PackedTierSegment) => void;
}

/** All levels of a channel, finest first: ticks, and tiers of ever coarser buckets. */
export class LevelSet {
  readonly ring: Ring;
  /** Tiers that are filled as ticks come. */
  readonly rolled: readonly Tier[];
  /** The finest tier, where it is worked out of ticks that have to go. */
  readonly derived: DerivedTier | undefined;
  readonly tiers: readonly Shelf<TierSegment>[];
  /** The same with the ticks, as `ranges` has them. */
  readonly segments: readonly LevelSegments[];
  readonly #sealing: Sealing;
  readonly #retentionTicks: number;
  readonly #levels: readonly (Ring | DerivedTier | Tier)[];

  constructor({ retentionTicks, tierSteps, budget, sealing, reader, onSealRaw, onSealTier }: LevelSetParts) {
    this.#sealing = sealing;
    this.#retentionTicks = retentionTicks;
    this.ring = new Ring({ budget, sealing, cursor: new RawCursor(), onSeal: onSealRaw });
    const cursor = new TierCursor();
    const partsOf = (stepTicks: number) => ({ stepTicks, budget, sealing, cursor, onSeal: onSealTier });
    const steps = keptTierSteps(tierSteps);
    const [finest = 0, ...coarser] = steps;
    const derives = isDerived(steps);
    const raw = this.ring.shelf;
    this.derived = derives ? new DerivedTier({ ...partsOf(finest), raw, reader }) : undefined;
    this.rolled = (derives ? coarser : steps).map((stepTicks) => {
      return new Tier({ ...partsOf(stepTicks), rows: bucketRows(retentionTicks / stepTicks) });
    });
    const tiers = this.derived === undefined ? this.rolled : [this.derived, ...this.rolled];
    this.tiers = tiers.map(({ shelf }) => shelf);
    this.#levels = [this.ring, ...tiers];
    this.segments = [
      { kind: "raw", segments: raw },
      ...this.tiers.map((shelf): LevelSegments => ({ kind: "tier", segments: shelf })),
    ];
  }

  get bytes(): number {
    return this.#levels.reduce((sum, { shelf }) => sum + shelf.bytes, 0);
  }

  /** What is packed, in no order. */
  packed(): (PackedRawSegment | PackedTierSegment)[] {
    return this.#levels.flatMap(({ shelf }) =>
      [...shelf.segments].filter(
        (segment): segment is PackedRawSegment | PackedTierSegment =>
          segment instanceof PackedRawSegment || segment instanceof PackedTierSegment,
      ),
    );
  }

  ranges(headTick: number): LevelRange[] {
    return this.#levels.map((level) => {
      const stepTicks = level instanceof Ring ? 1 : level.stepTicks;
      const rolledThrough = Math.floor(headTick / stepTicks) * stepTicks;
      const through = level instanceof DerivedTier ? level.through : rolledThrough;
      return { stepTicks, heldFrom: level.shelf.heldFrom, through };
    });
  }

  /** Drops what is older than the retention; whether there was anything. */
  expire(headTick: number): boolean {
    let dropped = false;
    for (const { shelf } of this.#levels) dropped = shelf.expire(headTick - this.#retentionTicks) || dropped;
    return dropped;
  }

  /** The oldest piece of a level that is old for what the level may keep; never of the coarsest. */
  victim(headTick: number): Victim | undefined {
    let chosen: Victim | undefined;
    for (let level = 0; level < this.#levels.length - 1; level += 1) {
      const victim = this.#victimAt(level, headTick);
      if (victim !== undefined && (chosen === undefined || victim.rank > chosen.rank)) chosen = victim;
    }
    return chosen;
  }

  lastVictim(headTick: number): Victim | undefined {
    return this.#victimAt(this.#levels.length - 1, headTick);
  }

  /** Packs at once what is being packed and takes less then; false where there is nothing. */
  squeeze(): boolean {
    let packed = false;
    for (const { shelf } of [this.ring, ...this.rolled]) packed = this.#sealing.finish(shelf) || packed;
    return packed;
  }

  clear(): void {
    for (const { shelf } of this.#levels) shelf.clear();
  }

  #victimAt(level: number, headTick: number): Victim | undefined {
    const shelf = this.#levels[level]?.shelf;
    const oldest = shelf?.oldestSettled;
    if (shelf === undefined || oldest === undefined) return undefined;
    const age = (headTick - oldest.firstEnd) / this.#retentionTicks;
    return {
      rank: age / levelShare(this.#levels.length - 1 - level),
      drop: () => {
        if (level === 0) this.derived?.cover(oldest.lastEnd);
        // Memory for what takes its place may have been made of it already.
        if (shelf.oldestSettled === oldest) shelf.dropOldest();
      },
    };
  }
}
