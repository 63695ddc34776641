import type { Merge, QualityState } from "@metricast/protocol";
import { Emitter, type Listenable } from "./emitter.js";
import type { EventFeed, EventStreamEvents } from "./event-feed.js";
import type { FeedPool, Holder } from "./feed-pool.js";
import type { MetricsFeed, SubscriptionEvents } from "./metrics-feed.js";
import type { SeriesView } from "./series-store.js";
import type { Feed, WatchRequest } from "./watch.js";

export interface SelectOptions {
  /** Patterns of series: globs on the name, equality and negation on labels. Default: everything. */
  readonly select?: string | readonly string[];
  /** Shortest time between frames; the server takes the next step it has. Default: the channel's interval. */
  readonly everyMs?: number;
  /** How far back points of the past are asked for. Default: none. */
  readonly sinceMs?: number;
  /** Points per series of the past, and of what a reconnect missed. Default: 300. */
  readonly points?: number;
}

export interface SubscribeOptions extends SelectOptions {
  /** Default: `metrics`. */
  readonly channel?: string;
  /** Series of all instances as one, or each instance's own. Default: `cluster`. */
  readonly merge?: Merge;
}

export interface EventStreamOptions {
  /** Patterns of types. Default: all. */
  readonly types?: string | readonly string[];
  /** How far back events are asked for. Default: none. */
  readonly sinceMs?: number;
}

/** `waiting` for the server; `live`; `failed`, the server refused; `closed` by the application. */
export type SubscriptionState = "waiting" | "live" | "failed" | "closed";

/** What subscriptions of both kinds have. */
abstract class Handle<F extends Feed, Events> implements Listenable<Events> {
  protected readonly pool: FeedPool<F, Events>;
  protected readonly holder: Holder<F, Events>;
  #isClosed = false;

  constructor(pool: FeedPool<F, Events>, request: WatchRequest, onThrow: (cause: unknown) => void) {
    this.pool = pool;
    this.holder = pool.take(new Emitter(onThrow), request);
  }

  on<Type extends keyof Events>(type: Type, listener: (payload: Events[Type]) => void): () => void {
    return this.holder.emitter.on(type, listener);
  }

  get state(): SubscriptionState {
    const { watch } = this.holder;
    if (this.#isClosed || watch.isOver) return this.#isClosed ? "closed" : "failed";
    return watch.view === undefined ? "waiting" : "live";
  }

  close(): void {
    this.#isClosed = true;
    this.pool.release(this.holder);
  }
}

/** Live series, kept over reconnects. Made by `client.subscribe`. */
export class Subscription extends Handle<MetricsFeed, SubscriptionEvents> {
  #request: WatchRequest;

  constructor(
    pool: FeedPool<MetricsFeed, SubscriptionEvents>,
    options: SubscribeOptions,
    onThrow: (cause: unknown) => void,
  ) {
    const request = { channel: "metrics", ...withPatterns(options) };
    super(pool, request, onThrow);
    this.#request = request;
  }

  /** What is held: columns, newest values, gaps. After an `update` it may be another object. */
  get series(): SeriesView {
    return this.holder.watch.feed.store;
  }

  get quality(): QualityState {
    return this.holder.watch.feed.quality;
  }

  /** Changes what is named and keeps the rest. Series of both selections keep their points. */
  update(change: SelectOptions): void {
    this.#request = { ...this.#request, ...withPatterns(change) };
    if (this.state !== "closed") this.pool.change(this.holder, this.#request);
  }
}

/** Events as they happen, each once, kept over reconnects. Made by `client.events`. */
export class EventStream extends Handle<EventFeed, EventStreamEvents> {}

/** On the wire there are only lists of patterns. */
export function withPatterns<Wishes extends { readonly select?: string | readonly string[] | undefined }>({
  select,
  ...rest
}: Wishes): Omit<Wishes, "select"> & { readonly select?: readonly string[] } {
  return select === undefined ? rest : { ...rest, select: [select].flat() };
}
