import type { TickRange } from "@metricast/protocol";

/** A range of history still owed to a session: given in pages from its newest end. */
export interface Owed extends TickRange {
  readonly stepTicks: number;
  /** Frames of it that a slow reader missed, made up in one page; 0 for history that was asked for. */
  readonly missed: number;
  /** History that the client asked for, and that it does not count on: what is gone by its turn is left out. */
  readonly asked?: boolean;
}

/** Beyond so many ranges the newest two become one: what is owed stays small whatever a reader does. */
const maxRanges = 16;

/** Ranges owed, newest first. A value: pages are taken by making the next one. */
export class Backlog {
  static readonly empty = new Backlog([]);
  readonly #ranges: readonly Owed[];

  private constructor(ranges: readonly Owed[]) {
    this.#ranges = ranges;
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  get first(): Owed | undefined {
    return this.#ranges[0];
  }

  get owesMissed(): boolean {
    return this.#ranges.some((range) => range.missed > 0);
  }

  /** Where the oldest range begins that a client counts on: it has everything up to there only. */
  get claimedFrom(): number | undefined {
    return this.#ranges.findLast(({ asked = false }) => !asked)?.fromTick;
  }

  /** Adds a range newer than all others. */
  plus(range: Owed): Backlog {
    return range.toTick > range.fromTick ? new Backlog([range, ...this.#ranges]) : this;
  }

  /** The missed range that one more, from a tick on, is to be joined with: the one it follows, or any when there are many. */
  joinable(fromTick: number): Owed | undefined {
    const { first } = this;
    if (!first || first.missed === 0) return undefined;
    return first.toTick >= fromTick || this.#ranges.length >= maxRanges ? first : undefined;
  }

  /** All but the newest range. */
  get rest(): Backlog {
    return new Backlog(this.#ranges.slice(1));
  }

  /**
   * The newest page of at most so many points; what was missed is one page. Pages lie on the step's own grid, so that
   * readers share them; the part of a point that a range begins with is a page of its own.
   */
  page(points: number): Owed | undefined {
    const range = this.first;
    if (!range || range.missed > 0) return range;
    const { fromTick, toTick, stepTicks } = range;
    const newest = (Math.ceil(toTick / stepTicks) - points) * stepTicks;
    const whole = Math.ceil(fromTick / stepTicks) * stepTicks;
    const start = Math.max(newest, whole);
    return start > fromTick && start < toTick ? { ...range, fromTick: start } : range;
  }

  /** What is owed after a page was taken. */
  without(page: TickRange): Backlog {
    const { first, rest } = this;
    return first && page.fromTick > first.fromTick
      ? new Backlog([{ ...first, toTick: page.fromTick }, ...rest.#ranges])
      : rest;
  }
}
