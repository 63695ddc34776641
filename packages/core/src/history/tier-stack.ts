import type { Columns } from "../contracts/feed.js";
import type { CounterCarry } from "./counter-carry.js";
import type { Layout } from "./layout.js";
import type { Tier } from "./tier.js";

/**
 * Rolls ticks into the finest tier, and each tier's finished buckets into the next. The work of a tick is one pass over
 * the series, and one copy for each bucket that ends.
 */
export class TierStack {
  readonly tiers: readonly Tier[];

  /** Finest first; each step a multiple of the one before. */
  constructor(tiers: readonly Tier[]) {
    this.tiers = tiers;
  }

  /** Finishes the buckets that ended before a tick. Call it before the carry follows the tick. */
  closeBefore(tick: number, layout: Layout, carry: CounterCarry): void {
    for (const [level, tier] of this.tiers.entries()) {
      if (tier.openEnd !== undefined && tier.openEnd < tick) this.#flush(level, layout, carry);
    }
  }

  /** Adds a tick, and finishes the buckets that end with it. */
  add(tick: number, columns: Columns, layout: Layout, carry: CounterCarry): void {
    const finest = this.tiers[0];
    if (finest === undefined) return;
    finest.openAt(tick);
    finest.accumulator.add(columns, layout);
    for (const [level, tier] of this.tiers.entries()) {
      if (tier.openEnd !== tick) return;
      this.#flush(level, layout, carry);
    }
  }

  #flush(level: number, layout: Layout, carry: CounterCarry): void {
    const tier = this.tiers[level];
    const end = tier?.openEnd;
    if (tier === undefined || end === undefined) return;
    const next = this.tiers[level + 1];
    next?.openAt(end);
    next?.accumulator.merge(tier.accumulator, layout);
    tier.flush(layout, carry);
  }
}
