import { Backoff } from "./backoff.js";
import type { Desk } from "./desk.js";
import type { Emitter } from "./emitter.js";
import type { ResolvedOptions } from "./options.js";
import { type Feed, Watch, type WatchRequest } from "./watch.js";

/** Tells all who hold a feed. */
export type Tell<Events> = <Type extends keyof Events>(type: Type, payload: Events[Type]) => void;

/** One subscription of the application; several may share a watch. */
export interface Holder<F extends Feed, Events> {
  readonly emitter: Emitter<Events>;
  watch: Watch<F, Holder<F, Events>>;
}

/** Gives every subscription a watch; those that ask for the same share one, as the server sends a view only once. */
export class FeedPool<F extends Feed, Events> {
  readonly #desk: Desk;
  readonly #options: ResolvedOptions;
  readonly #makeFeed: (tell: Tell<Events>) => F;
  #watches: Watch<F, Holder<F, Events>>[] = [];

  constructor(desk: Desk, options: ResolvedOptions, makeFeed: (tell: Tell<Events>) => F) {
    this.#desk = desk;
    this.#options = options;
    this.#makeFeed = makeFeed;
  }

  take(emitter: Emitter<Events>, request: WatchRequest): Holder<F, Events> {
    const watch = this.#find(request) ?? this.#make(request);
    const holder = { emitter, watch };
    this.#share(watch, holder, request);
    return holder;
  }

  release(holder: Holder<F, Events>): void {
    holder.watch.holders.delete(holder);
    this.#desk.changed();
  }

  change(holder: Holder<F, Events>, request: WatchRequest): void {
    const known = this.#find(request);
    if (!known && holder.watch.holders.size === 1 && this.#desk.has(holder.watch))
      holder.watch.change(request);
    else {
      this.release(holder);
      this.#share(known ?? this.#make(request), holder, request);
    }
    this.#desk.changed();
  }

  #find(request: WatchRequest): Watch<F, Holder<F, Events>> | undefined {
    const key = keyOf(request);
    this.#watches = this.#watches.filter((watch) => this.#desk.has(watch));
    return this.#watches.find((watch) => keyOf(watch.request) === key);
  }

  /** Throws for what JSON cannot carry. */
  #make(request: WatchRequest): Watch<F, Holder<F, Events>> {
    JSON.stringify(request);
    const holders = new Set<Holder<F, Events>>();
    const feed = this.#makeFeed((type, payload) => {
      for (const { emitter } of holders) emitter.emit(type, payload);
    });
    const { minDelayMs, maxDelayMs, random } = this.#options;
    const watch = new Watch(feed, holders, request, new Backoff(minDelayMs, maxDelayMs, random));
    watch.moveToTwin = () => this.#moveToTwin(watch);
    this.#watches.push(watch);
    this.#desk.add(watch);
    return watch;
  }

  #share(watch: Watch<F, Holder<F, Events>>, holder: Holder<F, Events>, { sinceMs = 0 }: WatchRequest): void {
    watch.holders.add(holder);
    holder.watch = watch;
    // Whoever looks back further has the others see more too.
    if (sinceMs > (watch.request.sinceMs ?? 0)) watch.change({ ...watch.request, sinceMs });
    this.#desk.changed();
  }

  /** Two wishes for a time between frames may come to the same step. */
  #moveToTwin(watch: Watch<F, Holder<F, Events>>): boolean {
    const { request, holders } = watch;
    const { everyMs = 0 } = request;
    const key = keyOf({ ...request, everyMs: 0 });
    const [twin] = this.#watches
      .filter(({ view, feed }) => view !== undefined && feed.stepMs >= everyMs)
      .filter((other) => other !== watch && keyOf({ ...other.request, everyMs: 0 }) === key)
      .sort((a, b) => a.feed.stepMs - b.feed.stepMs);
    if (!twin) return false;
    for (const holder of holders) this.#share(twin, holder, request);
    holders.clear();
    return true;
  }
}

function keyOf({ channel, select, everyMs = 0, merge = "cluster" }: WatchRequest): string {
  return JSON.stringify([channel, [...new Set(select)].sort(), everyMs, merge]);
}
