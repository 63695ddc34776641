import { Edition } from "./edition.js";
import type { Step, Subscription } from "./subscription.js";

/** Views that some sessions watch together. What a tick brings to them is put together once for all. */
export class ViewSet {
  /** How many sessions watch it. */
  sessions = 0;
  #round = 0;
  #edition: Edition | undefined;
  /** How much was shed when the last round began. */
  #shedLevel: number | undefined;
  #generations: number | undefined;

  /**
   * The newest edition in a round; undefined where each session has to be looked after by itself. `subscriptions`: those
   * of any session of the set, by their views.
   */
  edition(round: number, subscriptions: readonly Subscription[]): Edition | undefined {
    if (round !== this.#round) this.#begin(round, subscriptions);
    return this.#edition;
  }

  /** Lets go of the bytes that were put together. */
  release(): void {
    this.#edition?.release();
  }

  #begin(round: number, subscriptions: readonly Subscription[]): void {
    this.#round = round;
    const before = this.#edition;
    const isAsBefore = this.#takeState(subscriptions);
    const steps = subscriptions.map((subscription, at) => subscription.step(before?.steps[at]?.to));
    if (!isAsBefore || !steps.every(isThere)) this.#edition = undefined;
    else if (!before || steps.some(isMoving))
      this.#edition = new Edition(steps, round, before, this.sessions, positionOf(subscriptions, steps));
  }

  /** Each session is told by itself that more or less is shed, and gets the keyframe of another generation, once. */
  #takeState(subscriptions: readonly Subscription[]): boolean {
    let shedLevel = 0;
    let generations = 0;
    for (const { shedLevel: level = 0, generation = 0 } of subscriptions) {
      if (level > shedLevel) shedLevel = level;
      generations += generation;
    }
    const isKnown = this.#shedLevel === undefined || this.#shedLevel === shedLevel;
    const isSame = this.#generations === undefined || this.#generations === generations;
    this.#shedLevel = shedLevel;
    this.#generations = generations;
    return isKnown && isSame;
  }
}

/** All sets of views that are watched: sessions with the same views share one. */
export class ViewSets {
  readonly #sets = new Map<string, ViewSet>();

  get count(): number {
    return this.#sets.size;
  }

  /** `subscriptions`: a session's, by their views. */
  enter(subscriptions: readonly Subscription[]): ViewSet {
    const name = nameOf(subscriptions);
    const set = this.#sets.get(name) ?? new ViewSet();
    this.#sets.set(name, set);
    set.sessions++;
    return set;
  }

  leave(set: ViewSet, subscriptions: readonly Subscription[]): void {
    set.sessions--;
    if (set.sessions === 0) this.#sets.delete(nameOf(subscriptions));
  }

  /** A walk has ended: nothing that was put together for it is needed any more. */
  release(): void {
    for (const set of this.#sets.values()) set.release();
  }
}

function isThere(step: Step | undefined): step is Step {
  return step !== undefined;
}

function isMoving({ from, to }: Step): boolean {
  return from !== to;
}

/** Of one view alone: one position says nothing of several. */
function positionOf(subscriptions: readonly Subscription[], [step]: readonly Step[]): string | undefined {
  return subscriptions.length === 1 && step ? subscriptions[0]?.positionAt(step.to) : undefined;
}

function nameOf(subscriptions: readonly Subscription[]): string {
  return subscriptions.map(({ view }) => view).join();
}
