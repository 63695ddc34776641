import type { TickRange } from "@metricast/protocol";
import { type Series, seriesState } from "../contracts/feed.js";
import type { MemoryBudget, Victim } from "./budget.js";
import type { Standing } from "./counter-carry.js";
import type { PackedRawSegment } from "./packed-raw-segment.js";
import type { PackedTierSegment } from "./packed-tier-segment.js";
import type { LevelRange } from "./plan.js";
import type { LevelSegments } from "./query.js";
import type { Span } from "./raw-segment.js";
import { lostBetween } from "./rollup.js";
import { SealedReader, type SealedSegment } from "./sealed-bytes.js";
import { NamedLayout, SeriesNames } from "./series-names.js";
import { Shelf } from "./shelf.js";

/** Of the budget, what is used when nothing more is restored: the present needs the rest. */
const fullFrom = 0.75;
/** Segments that are looked through for where a counter stood. */
const standingSegments = 4;

/** A stretch without a hole that one level of the past holds. */
export interface PastLevel {
  readonly range: LevelRange;
  readonly segments: LevelSegments;
}

/**
 * What earlier processes of this instance kept, restored from a store as the same packed segments, newest first. Series
 * are told by name.
 */
export class Past {
  readonly #budget: MemoryBudget;
  readonly #names = new SeriesNames();
  readonly #reader = new SealedReader(() => new NamedLayout(this.#names));
  readonly #raw: Shelf<PackedRawSegment>;
  readonly #tiers = new Map<number, Shelf<PackedTierSegment>>();
  /** Steps of levels that found no room for a segment: what is older would have a hole before it. */
  readonly #full = new Set<number>();
  /** Ranges in which nothing was sampled, within raw segments and between them, ascending. */
  #gaps: TickRange[] = [];
  /** Series that are told of here alone, by key. */
  readonly #gone = new Map<string, Series>();
  readonly #leave: () => void;

  /** `tierSteps` are those that are kept; blocks of others are of no use. */
  constructor(budget: MemoryBudget, tierSteps: readonly number[]) {
    this.#budget = budget;
    this.#raw = new Shelf(budget);
    for (const step of tierSteps) this.#tiers.set(step, new Shelf(budget));
    this.#leave = budget.join({ victim: () => this.#victim(), lastVictim: () => this.#lastVictim() });
  }

  get bytes(): number {
    return this.#shelves().reduce((sum, shelf) => sum + shelf.bytes, 0);
  }

  get firstTick(): number | undefined {
    const firsts = this.#levels().map(({ range }) => range.heldFrom + 1);
    return firsts.length === 0 ? undefined : Math.min(...firsts);
  }

  get lastTick(): number | undefined {
    const lasts = this.#shelves().flatMap(({ newest }) => newest?.lastEnd ?? []);
    return lasts.length === 0 ? undefined : Math.max(...lasts);
  }

  packed(): (PackedRawSegment | PackedTierSegment)[] {
    return [...this.#raw.segments, ...[...this.#tiers.values()].flatMap(({ segments }) => segments)];
  }

  /** Takes in what is older than all of its step so far; false for anything else, and where there is no room. Throws for what is no block. */
  restore(bytes: Uint8Array, beforeTick: number): boolean {
    const sealed = this.#reader.open(bytes);
    const { stepTicks, segment } = sealed;
    const shelf = sealed.kind === "raw" ? this.#raw : this.#tiers.get(stepTicks);
    const endsBefore = shelf?.oldest === undefined ? beforeTick : shelf.oldest.firstEnd - stepTicks + 1;
    if (shelf === undefined || segment.lastEnd >= endsBefore || this.#full.has(stepTicks)) return false;
    const { usedBytes, limitBytes } = this.#budget;
    if (usedBytes + segment.bytes > limitBytes * fullFrom) {
      this.#full.add(stepTicks);
      return false;
    }
    if (sealed.kind === "raw") this.#addRaw(sealed);
    else this.#tiers.get(stepTicks)?.addFirst(sealed.segment);
    return true;
  }

  /** Levels, finest first, each as far as it goes without a hole. Nothing was sampled between the last tick and the present. */
  levels(presentTick: number): PastLevel[] {
    const { lastTick = 0 } = this;
    return this.#levels().map(({ range, segments }) => {
      const through = range.through === lastTick ? Math.max(lastTick, presentTick - 1) : range.through;
      return { range: { ...range, through }, segments };
    });
  }

  /** Where a series' counters stood in the end; undefined for one that was not there. */
  standingOf(series: Series): Standing[] | undefined {
    const newest = this.#raw.segments.slice(-standingSegments).reverse();
    for (const segment of newest) {
      const at = segment.locate(series);
      if (at >= 0) return standingAfter(segment, at, series.width);
    }
    return undefined;
  }

  /** Series that the present does not know. */
  gone(present: readonly Series[]): Series[] {
    const layouts = new Set(this.#shelves().flatMap(({ segments }) => segments.map(({ layout }) => layout)));
    // Every query asks, and most processes have no past.
    if (layouts.size === 0) return [];
    const known = new Set(present.map(({ info }) => this.#names.keyOf(info)));
    const found = new Map<string, Series>();
    for (const layout of layouts) {
      for (const { info, width } of layout.series) {
        const key = this.#names.keyOf(info);
        if (!known.has(key)) found.set(key, this.#goneSeries(key, info, width));
      }
    }
    return [...found.values()];
  }

  /** Gaps of the past and of the present, which knows of nothing before itself. */
  gapsWithin(fromTick: number, toTick: number, present: readonly TickRange[]): TickRange[] {
    const [first, last] = [this.firstTick ?? 0, this.lastTick ?? 0];
    const own = present.flatMap((gap) => {
      const after = { fromTick: Math.max(gap.fromTick, last), toTick: gap.toTick };
      return after.fromTick < after.toTick ? [after] : [];
    });
    const before = [{ fromTick: 0, toTick: first - 1 }, ...this.#gaps].flatMap((gap) => {
      const cut = { fromTick: Math.max(gap.fromTick, fromTick), toTick: Math.min(gap.toTick, toTick) };
      return cut.fromTick < cut.toTick ? [cut] : [];
    });
    return [...before, ...own];
  }

  /** Drops what ended at or before a tick. */
  expire(tick: number): void {
    for (const shelf of this.#shelves()) shelf.expire(tick);
    const first = this.firstTick ?? Number.POSITIVE_INFINITY;
    if ((this.#gaps[0]?.toTick ?? first) < first)
      this.#gaps = this.#gaps.filter((gap) => gap.toTick >= first);
  }

  clear(): void {
    this.#leave();
    for (const shelf of this.#shelves()) shelf.clear();
    this.#gaps = [];
    this.#gone.clear();
  }

  #addRaw({ segment, gaps }: Extract<SealedSegment, { kind: "raw" }>): void {
    const next = this.#raw.oldest;
    this.#raw.addFirst(segment);
    const between = next === undefined ? segment.lastEnd : next.firstEnd - 1;
    const hole = between > segment.lastEnd ? [{ fromTick: segment.lastEnd, toTick: between }] : [];
    this.#gaps.unshift(...gaps, ...hole);
  }

  #shelves(): (Shelf<PackedRawSegment> | Shelf<PackedTierSegment>)[] {
    return [this.#raw, ...this.#tiers.values()];
  }

  #levels(): PastLevel[] {
    const { oldest, newest } = this.#raw;
    const levels: PastLevel[] = [];
    if (oldest !== undefined && newest !== undefined) {
      // Holes between its segments are gaps.
      const range = { stepTicks: 1, heldFrom: oldest.firstEnd - 1, through: newest.lastEnd };
      levels.push({ range, segments: { kind: "raw", segments: this.#raw } });
    }
    for (const [stepTicks, shelf] of this.#tiers) {
      for (const range of runsOf(shelf.segments, stepTicks)) {
        levels.push({ range, segments: { kind: "tier", segments: shelf } });
      }
    }
    return levels;
  }

  #goneSeries(key: string, info: Series["info"], width: number): Series {
    const known = this.#gone.get(key);
    if (known !== undefined) return known;
    // No layout of the present has such an index.
    const series = { index: -1 - this.#gone.size, slot: 0, width, info, bornTick: 0 };
    this.#gone.set(key, series);
    return series;
  }

  #victim(): Victim | undefined {
    if (this.#raw.oldest === undefined) return undefined;
    // It can be had again from the store: it goes before anything of the present.
    return { rank: Number.MAX_VALUE, drop: () => this.#raw.dropOldest() };
  }

  #lastVictim(): Victim | undefined {
    const shelf = [...this.#tiers.values()].find(({ oldest }) => oldest !== undefined);
    return shelf && { rank: Number.MAX_VALUE, drop: () => shelf.dropOldest() };
  }
}

/** Stretches of segments that follow each other without a hole, oldest first. */
function runsOf(segments: readonly Span[], stepTicks: number): LevelRange[] {
  const runs: { stepTicks: number; heldFrom: number; through: number }[] = [];
  for (const { firstEnd, lastEnd } of segments) {
    const run = runs.at(-1);
    if (run?.through === firstEnd - stepTicks) run.through = lastEnd;
    else runs.push({ stepTicks, heldFrom: firstEnd - stepTicks, through: lastEnd });
  }
  return runs;
}

function standingAfter(segment: PackedRawSegment, at: number, width: number): Standing[] {
  const states = new Uint8Array(segment.rows);
  const values = new Float64Array(segment.rows);
  segment.readStates(at, states);
  return Array.from({ length: width }, (_, slot) => {
    let { previous, offset } = segment.before(at, slot);
    segment.readSlot(at, slot, values);
    for (const [row, value] of values.entries()) {
      if (states[row] !== seriesState.live || !Number.isFinite(value)) continue;
      offset += lostBetween(previous, value);
      previous = value;
    }
    return { previous, offset };
  });
}
