/** A range of ticks, after `from` up to and including `to`. */
export interface ReferenceRange {
  readonly from: number;
  readonly to: number;
}

export interface ReferenceSlot {
  readonly last: number;
  readonly min?: number;
  readonly max?: number;
  readonly sum?: number;
  /** Counters and slots of histograms; NaN where it is not known. */
  readonly increase?: number;
}

/** What is known of a series over a range. One that is not in the map is absent. */
export type ReferenceCell =
  | { readonly kind: "values"; readonly values: readonly number[] }
  | { readonly kind: "stale"; readonly cause: string }
  /** `count` is undefined where the wire does not tell it. */
  | { readonly kind: "point"; readonly count: number | undefined; readonly slots: readonly ReferenceSlot[] };

export interface ReferenceEntry extends ReferenceRange {
  readonly origin: "keyframe" | "frame" | "block" | "unsampled";
  /** By name and labels. */
  readonly series: ReadonlyMap<string, ReferenceCell>;
}

/** A range that blocks will cover. */
export interface ReferenceDue extends ReferenceRange {
  readonly step: number;
  /** Whether the client's position counts on it; history that was only asked for is no part of that. */
  readonly claimed: boolean;
  /** Comes as one block. */
  readonly whole: boolean;
}

/** Everything a client holds of one view, over all its connections: each tick in exactly one entry. */
export class ReferenceTimeline {
  /** Everything sampled after this tick is held, or due, or declared lost. */
  start: number | undefined;
  /** The last tick a frame was of. */
  tick: number | undefined;
  /** Ascending and disjoint. */
  entries: readonly ReferenceEntry[] = [];
  /** In the order in which they come: newest first. */
  due: readonly ReferenceDue[] = [];
  /** What the server said is not made up. */
  holes: readonly ReferenceRange[] = [];
  /** Whether it was resumed on another grid: points of one may then be cut by those of the other, and are kept. */
  isMixed = false;
  /** How often everything was started anew. */
  discontinuities = 0;
  /** Told of every entry that a message made. */
  onEntry: (entry: ReferenceEntry) => void = () => {};
  /** Told of every range in which, as was said, nothing was sampled. */
  onGap: (range: ReferenceRange) => void = () => {};
  readonly #fault: (text: string) => void;

  constructor(fault: (text: string) => void) {
    this.#fault = fault;
  }

  /** Nothing of before is held any more. */
  restart(start: number): void {
    this.start = start;
    this.tick = undefined;
    this.entries = [];
    this.due = [];
    this.holes = [];
    this.isMixed = false;
    this.discontinuities += 1;
  }

  /** The connection is gone, and with it what was asked and not given. */
  cut(): void {
    this.due = this.due.filter(({ claimed }) => claimed);
  }

  /** The tick up to which everything is there; undefined before the first subscription. */
  get positionTick(): number | undefined {
    const known = this.tick ?? this.start;
    const claimed = this.due.filter((one) => one.claimed).map(({ from }) => from);
    return known === undefined ? undefined : Math.min(known, ...claimed);
  }

  owe(due: ReferenceDue): void {
    if (due.to <= due.from) this.#fault(`an empty range (${due.from}, ${due.to}] is due`);
    this.due = [due, ...this.due];
  }

  /** A range that was missed, told by `quality`: it takes the place of those it holds. */
  oweMissed(due: ReferenceDue): void {
    const kept = this.due.filter(({ from, to }) => from < due.from || to > due.to);
    const joined = this.due.filter((one) => !kept.includes(one)).map(({ from }) => from);
    // Where only coarser points are left, what comes begins with one of those.
    if (due.from < Math.min(this.tick ?? this.start ?? 0, ...joined)) this.isMixed = true;
    const overlapping = kept.find((one) => one.to > due.from && one.from < due.to);
    if (overlapping) this.#fault(`${rangeText(due)} is due beside ${rangeText(overlapping)}`);
    this.due = kept;
    this.owe(due);
  }

  /** A keyframe or a frame: the newest there is. */
  add(entry: ReferenceEntry): void {
    // Who comes back at once gets a keyframe of a tick that a block's last point holds already.
    const isHeld = this.entries.some(({ from, to }) => from < entry.from && to === entry.to);
    if (!(isHeld && entry.origin === "keyframe")) this.#replace(entry, [entry]);
    this.tick = entry.to;
    this.onEntry(entry);
  }

  /** The chain jumped: nothing was sampled between. */
  skip(range: ReferenceRange): void {
    this.#replace(range, [{ ...range, origin: "unsampled", series: new Map() }]);
    this.onGap(range);
  }

  /** A block: it must be the next of what is due. */
  take(
    range: ReferenceRange,
    step: number,
    entries: readonly ReferenceEntry[],
    gaps: readonly ReferenceRange[],
  ): void {
    const [next, ...rest] = this.due;
    if (next === undefined) return this.#fault(`the block ${rangeText(range)} was not announced`);
    const isPage = range.to === next.to && range.from >= next.from && step === next.step;
    const isAligned = range.from === next.from || (range.from % next.step === 0 && !next.whole);
    if (!isPage || !isAligned)
      this.#fault(`the block ${rangeText(range)} at ${step} came for ${rangeText(next)}`);
    this.due = range.from > next.from ? [{ ...next, to: range.from }, ...rest] : rest;
    // What was only asked for may be gone by its turn; then nothing comes of it, in a block of its own.
    const isGone = !next.claimed && entries.every(({ series }) => series.size === 0);
    this.#replace(range, isGone ? [] : entries);
    if (!next.claimed && !isGone && range.to === this.start) this.start = range.from;
    if (!isGone) for (const entry of entries) this.onEntry(entry);
    for (const gap of gaps) this.onGap(gap);
  }

  /** Of the ticks that were sampled, those that are promised but nowhere: silently lost. */
  lost(sampled: readonly number[]): number[] {
    const { start, tick } = this;
    if (start === undefined || tick === undefined) return [];
    const known = [
      ...this.due,
      ...this.holes,
      ...this.entries.filter(({ origin }) => origin !== "unsampled"),
    ];
    return sampled.filter(
      (one) => one > start && one <= tick && !known.some(({ from, to }) => from < one && one <= to),
    );
  }

  #replace(range: ReferenceRange, entries: readonly ReferenceEntry[]): void {
    const before: ReferenceEntry[] = [];
    const after: ReferenceEntry[] = [];
    for (const entry of this.entries) {
      if (entry.from < range.from)
        before.push(...this.#clipped(entry, entry.from, Math.min(entry.to, range.from)));
      if (entry.to > range.to) after.push(...this.#clipped(entry, Math.max(entry.from, range.to), entry.to));
    }
    this.entries = [...before, ...entries, ...after];
  }

  /** Where nothing was sampled a range can be cut in two; a point cannot, but where the rest of it comes anew. */
  #clipped(entry: ReferenceEntry, from: number, to: number): ReferenceEntry[] {
    if (entry.from === from && entry.to === to) return [entry];
    if (entry.origin === "unsampled" || this.isMixed) return [{ ...entry, from, to }];
    if (this.due.some((due) => due.from <= from && to <= due.to)) return [];
    this.#fault(`the point ${rangeText(entry)} is cut to ${rangeText({ from, to })}`);
    return [{ ...entry, from, to }];
  }
}

export function rangeText({ from, to }: ReferenceRange): string {
  return `(${from}, ${to}]`;
}
