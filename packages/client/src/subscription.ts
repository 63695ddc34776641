import type { MergeWish, QualityState } from "@metricast/protocol";
import type { SeriesView } from "./columns.js";
import type { Desk } from "./desk.js";
import { Emitter, type Listenable } from "./emitter.js";
import { type EventStreamEvents, EventView } from "./event-view.js";
import { MetricsView, type SubscriptionEvents } from "./metrics-view.js";

import type { View } from "./view.js";

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

export interface SubscribeOptions extends SelectOptions, MergeWish {
  /** Default: `metrics`. */
  readonly channel?: string;
}

export interface EventStreamOptions {
  /** Patterns of types. Default: all. */
  readonly types?: string | readonly string[];
  /** How far back events are asked for. Default: none. */
  readonly sinceMs?: number;
}

/** `waiting` for the server; `live`; `failed`, the server refused; `closed` by the application. */
export type SubscriptionState = "waiting" | "live" | "failed" | "closed";

type SharedView<Events> = View & { readonly holders: Set<Emitter<Events>> };

/** What subscriptions of both kinds have. */
abstract class Handle<Events, V extends SharedView<Events>> implements Listenable<Events> {
  protected readonly desk: Desk;
  readonly #emitter: Emitter<Events>;
  protected view: V;

  constructor(desk: Desk, view: V, onThrow: (cause: unknown) => void) {
    this.desk = desk;
    this.#emitter = new Emitter(onThrow);
    this.view = view;
    this.hold(view);
  }

  on<Type extends keyof Events>(type: Type, listener: (payload: Events[Type]) => void): () => void {
    return this.#emitter.on(type, listener);
  }

  get state(): SubscriptionState {
    const { holders, isOver, number } = this.view;
    if (!holders.has(this.#emitter)) return "closed";
    if (isOver) return "failed";
    return number === undefined ? "waiting" : "live";
  }

  close(): void {
    this.view.holders.delete(this.#emitter);
    this.desk.changed();
  }

  protected hold(view: V): void {
    this.view.holders.delete(this.#emitter);
    view.holders.add(this.#emitter);
    this.view = view;
    this.desk.changed();
  }
}

/** Live series, kept over reconnects. Made by `client.subscribe`. */
export class Subscription extends Handle<SubscriptionEvents, MetricsView> {
  constructor(desk: Desk, options: SubscribeOptions, onThrow: (cause: unknown) => void) {
    super(desk, desk.take(MetricsView, { channel: "metrics", ...withPatterns(options) }), onThrow);
  }

  /** What is held: columns, newest values, gaps. After an `update` it may be another object. */
  get series(): SeriesView {
    return this.view.store;
  }

  get quality(): QualityState {
    return this.view.quality;
  }

  /** Changes what is named and keeps the rest. Series of both selections keep their points. */
  update(change: SelectOptions): void {
    const request = { ...this.view.request, ...withPatterns(change) };
    if (this.state !== "closed") this.hold(this.desk.change(this.view, MetricsView, request));
  }
}

/** Events as they happen, each once, kept over reconnects. Made by `client.events`. */
export class EventStream extends Handle<EventStreamEvents, EventView> {
  constructor(
    desk: Desk,
    channel: string,
    { types, ...rest }: EventStreamOptions,
    onThrow: (cause: unknown) => void,
  ) {
    super(desk, desk.take(EventView, { channel, ...withPatterns({ ...rest, select: types }) }), onThrow);
  }
}

/** On the wire there are only lists of patterns. */
export function withPatterns<Wishes extends { readonly select?: string | readonly string[] | undefined }>({
  select,
  ...rest
}: Wishes): Omit<Wishes, "select"> & { readonly select?: readonly string[] } {
  return select === undefined ? rest : { ...rest, select: [select].flat() };
}
