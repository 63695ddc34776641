import { Edition } from "./edition.js";
import type { Subscription } from "./subscription.js";
import type { ViewSet, ViewSets } from "./view-set.js";

const none: readonly Subscription[] = [];

/** What a round brings to whoever has everything. An edition as well, so that one comparison tells. */
export const nothing = new Edition([], 0, undefined, 0);

/**
 * What one session watches, in the order of the views' numbers. While it gets edition after edition, the edition says
 * where it is; its cursors learn that when somebody asks for them.
 */
export class Subscriptions implements Iterable<Subscription> {
  /** Entered when the session is served: of several changes at once only the last set matters. */
  #set: ViewSet | undefined;
  /** The edition that it was brought to the end of, if it was sent nothing else since. */
  #at: Edition | undefined;
  #list = none;
  readonly #sets: ViewSets;
  /** Whose turn it is to be first, where there is not room for all. */
  #first = 0;

  constructor(sets: ViewSets) {
    this.#sets = sets;
  }

  get size(): number {
    return this.#list.length;
  }

  get views(): readonly number[] {
    return this.#list.map(({ view }) => view);
  }

  [Symbol.iterator](): Iterator<Subscription> {
    return this.#settled()[Symbol.iterator]();
  }

  /** Of what is watched alone: up to where the session has everything. One position says nothing of several views. */
  get position(): string | undefined {
    const [only, ...others] = this.#settled();
    return others.length === 0 ? only?.position : undefined;
  }

  get(view: number): Subscription | undefined {
    return this.#settled().find((subscription) => subscription.view === view);
  }

  has(view: number): boolean {
    return this.get(view) !== undefined;
  }

  /** In place of one on the same view, if there is. */
  add(subscription: Subscription): void {
    const others = this.#settled().filter(({ view }) => view !== subscription.view);
    // Copied once more, as a list that grew has room for many more.
    this.#replace([...others, subscription].sort((a, b) => a.view - b.view).slice());
  }

  delete(view: number): void {
    this.#replace(this.#settled().filter((subscription) => subscription.view !== view));
  }

  clear(): void {
    this.#replace(none);
  }

  /** All of them, another one first after each `rotate`. */
  *inTurn(): Generator<Subscription> {
    const list = this.#settled();
    this.#enter();
    for (let k = 0; k < list.length; k++) {
      const subscription = list[(this.#first + k) % list.length];
      if (subscription) yield subscription;
    }
  }

  /** What had to wait for room is not always to come last. */
  rotate(): void {
    this.#first++;
  }

  /** What a round brings to all who watch the same; undefined where this session has to be looked after by itself. */
  next(round: number): Edition | undefined {
    const edition = this.#enter().edition(round, this.#list);
    if (edition === undefined) return undefined;
    if (this.#at === undefined) return this.#findIn(edition);
    if (edition === this.#at) return nothing;
    return edition.follows(this.#at) ? edition : undefined;
  }

  /** It is being sent an edition. Answers where it was before. */
  moveTo(edition: Edition | undefined): Edition | undefined {
    const before = this.#at;
    this.#at = edition;
    return before;
  }

  #enter(): ViewSet {
    this.#set ??= this.#sets.enter(this.#list);
    return this.#set;
  }

  #findIn(edition: Edition): Edition | undefined {
    if (edition.beginsAt(this.#list)) return edition;
    if (!edition.endsAt(this.#list)) return undefined;
    this.#at = edition;
    return nothing;
  }

  /** The cursors, once they know where they are. */
  #settled(): readonly Subscription[] {
    const { steps = [] } = this.#at ?? {};
    this.#at = undefined;
    for (const [k, { to }] of steps.entries()) this.#list[k]?.moveTo(to);
    return this.#list;
  }

  #replace(list: readonly Subscription[]): void {
    if (this.#set) this.#sets.leave(this.#set, this.#list);
    this.#set = undefined;
    this.#at = undefined;
    this.#list = list.length === 0 ? none : list;
  }
}
