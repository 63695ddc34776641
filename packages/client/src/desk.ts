import type { ServerMessage, SubscribeItem, UpdateItem, WelcomeMessage } from "@metricast/protocol";
import { Alarm, minTimerMs } from "./alarm.js";
import { Backoff } from "./backoff.js";
import { batchesOf, maxItems } from "./batches.js";
import { clamp } from "./clamp.js";
import type { MetricastClientError } from "./error.js";
import type { ReplyHandlers, Requests } from "./requests.js";
import type { View, ViewMessage, ViewParts, ViewRequest } from "./view.js";

const defaultMessageBytes = 16_384;
/** Of a message around its items. */
const envelopeBytes = 128;

type ViewKind<V extends View> = new (request: ViewRequest, parts: ViewParts) => V;

/** All views of a client: asks for them in as few messages as may be, and again after each reconnect. */
export class Desk {
  readonly #parts: ViewParts;
  readonly #requests: Requests;
  readonly #alarm: Alarm;
  readonly #backoff: Backoff;
  readonly #views = new Set<View>();
  /** Views that the server is to forget. */
  #abandoned: number[] = [];
  #isLive = false;
  #notBeforeMs = 0;
  #maxBytes = defaultMessageBytes - envelopeBytes;

  constructor(parts: ViewParts, requests: Requests) {
    this.#parts = parts;
    this.#requests = requests;
    this.#alarm = new Alarm(parts.options.clock, () => this.#flush());
    this.#backoff = new Backoff(parts.options);
  }

  /**
   * Gives a view, the same to all who ask for the same: the server sends one only once. Whoever looks back further has
   * the others see more too. Throws for what JSON cannot carry.
   */
  take<V extends View>(Kind: ViewKind<V>, request: ViewRequest): V {
    JSON.stringify(request);
    const { sinceMs = 0 } = request;
    const known = this.#find(Kind, request);
    if (known && sinceMs > (known.request.sinceMs ?? 0)) known.request = { ...known.request, sinceMs };
    const view = known ?? new Kind(request, this.#parts);
    this.#views.add(view);
    return view;
  }

  /** Gives the view for another request of its holder: itself, where nobody else holds it. */
  change<V extends View>(view: V, Kind: ViewKind<V>, request: ViewRequest): V {
    const known = this.#find(Kind, request) ?? view;
    if (known !== view || view.holders.size > 1 || view.isOver) return this.take(Kind, request);
    view.request = request;
    return view;
  }

  /** Something is to be asked or left: with what else changes until the code that runs now has ended. */
  changed(): void {
    if (this.#isLive) this.#alarm.set();
  }

  /** What `hello` takes up at once: as much as fits beside the token. */
  resume(usedBytes: number): { id: number; resume: readonly SubscribeItem[] } | undefined {
    this.#forgetUnwanted();
    const [batch] = batchesOf([...this.#views], subscribeItem, this.#maxBytes - usedBytes);
    return batch && { id: this.#requests.expect(this.#asked(batch.members)), resume: batch.items };
  }

  up({ limits }: Partial<WelcomeMessage>): void {
    this.#isLive = true;
    const maxBytes = clamp(limits?.maxMessageBytes, 1_024, 1_048_576, defaultMessageBytes);
    this.#maxBytes = maxBytes - envelopeBytes;
    this.#notBeforeMs = 0;
    this.changed();
  }

  down(): void {
    this.#isLive = false;
    this.#alarm.stop();
    this.#abandoned = [];
    for (const view of this.#views) {
      view.isAsked = false;
      view.sent = view.number = undefined;
    }
  }

  receive(message: ViewMessage): void {
    // What was left is still on its way for a while.
    for (const view of this.#views) if (view.number === message.view) view.receive(message);
  }

  #find<V extends View>(Kind: ViewKind<V>, request: ViewRequest): V | undefined {
    const key = keyOf(request);
    for (const view of this.#views) if (view instanceof Kind && keyOf(view.request) === key) return view;
    return undefined;
  }

  #forgetUnwanted(): void {
    for (const view of this.#views) {
      if (view.holders.size > 0 || view.isAsked) continue;
      this.#views.delete(view);
      if (view.number !== undefined) this.#abandoned.push(view.number);
    }
  }

  #flush(): void {
    const waitMs = this.#notBeforeMs - this.#parts.options.clock.monotonicMs();
    if (waitMs > 0) return this.#alarm.set(Math.max(minTimerMs, waitMs));
    this.#forgetUnwanted();
    this.#unsubscribe();
    const due = [...this.#views].filter(({ isAsked, sent, request }) => !isAsked && sent !== request);
    const joining = due.filter(({ number }) => number === undefined);
    const changing = due.filter(({ number }) => number !== undefined);
    for (const { items, members } of batchesOf(joining, subscribeItem, this.#maxBytes)) {
      this.#requests.send({ type: "subscribe", items }, this.#asked(members));
    }
    for (const { items, members } of batchesOf(changing, updateItem, this.#maxBytes)) {
      this.#requests.send({ type: "update", items }, this.#asked(members));
    }
  }

  #unsubscribe(): void {
    while (this.#abandoned.length > 0) {
      const views = this.#abandoned.splice(0, maxItems);
      const failed = (error: MetricastClientError) => {
        if (error.temporary) this.#abandoned.push(...views);
        this.#putOff(error);
      };
      this.#requests.send({ type: "unsubscribe", views }, { reply: () => undefined, failed });
    }
  }

  #asked(views: readonly View[]): ReplyHandlers {
    for (const view of views) {
      view.isAsked = true;
      view.sent = view.request;
    }
    return {
      reply: (message) => this.#subscribed(views, message),
      failed: (error, item) => this.#failed(views, error, item),
    };
  }

  #subscribed(views: readonly View[], message: ServerMessage): void {
    this.#backoff.attempts = 0;
    views.forEach((view, k) => {
      const item = message.type === "subscribed" && message.items[k];
      if (!item) throw new TypeError();
      view.isAsked = false;
      view.number = item.view;
      view.confirmed = view.sent ?? view.request;
      view.joined(item);
    });
    this.changed();
  }

  #failed(views: readonly View[], error: MetricastClientError, item?: number): void {
    views.forEach((view, k) => {
      view.isAsked = false;
      view.sent = undefined;
      if (error.temporary || k !== (item ?? k)) return;
      // A refused update leaves what was before; a refused subscription is over.
      view.request = view.sent = view.confirmed;
      view.isOver = view.number === undefined;
      if (view.isOver) this.#views.delete(view);
      view.refused(error);
    });
    this.#putOff(error);
  }

  /** What is only refused for now is asked again when the server says, else later and later. */
  #putOff({ temporary, retryAfterMs }: MetricastClientError): void {
    const nowMs = this.#parts.options.clock.monotonicMs();
    if (temporary) this.#notBeforeMs = nowMs + (retryAfterMs ?? this.#backoff.nextMs());
    this.changed();
  }
}

function keyOf({ channel, select, everyMs = 0, merge = "cluster", instance }: ViewRequest): string {
  return JSON.stringify([channel, [...new Set(select)].sort(), everyMs, merge, instance]);
}

function subscribeItem({ request, position }: View): SubscribeItem {
  return position === undefined ? request : { ...request, position };
}

function updateItem({ request, number = 0 }: View): UpdateItem {
  const { channel: _channel, merge: _merge, instance: _instance, ...wishes } = request;
  return { view: number, ...wishes };
}
