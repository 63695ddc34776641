import type { TickRange } from "@metricast/protocol";

/** A range of history still owed to a session: given in pages from its newest end. */
export interface Owed extends TickRange {
  readonly stepTicks: number;
  /** Missed by a slow reader: `quality` tells when it is made up. */
  readonly missed: boolean;
}

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
    return this.#ranges.some((range) => range.missed);
  }

  /** Adds a range newer than all others. */
  plus(range: Owed): Backlog {
    return range.toTick > range.fromTick ? new Backlog([range, ...this.#ranges]) : this;
  }

  /** The newest page of at most so many points, aligned to the range's step. */
  page(points: number): Owed | undefined {
    const range = this.first;
    if (!range) return undefined;
    const whole = Math.ceil((range.toTick - range.fromTick) / range.stepTicks);
    const fromTick = range.fromTick + Math.max(0, whole - points) * range.stepTicks;
    return { ...range, fromTick };
  }

  /** What is owed after a page was taken. */
  without(page: TickRange): Backlog {
    const [range, ...older] = this.#ranges;
    if (!range) return this;
    return new Backlog(
      page.fromTick > range.fromTick ? [{ ...range, toTick: page.fromTick }, ...older] : older,
    );
  }
}
