import type { ServerMessage, SubscribeItem, WelcomeMessage } from "@metricast/protocol";
import { Alarm } from "./alarm.js";
import { batchesOf, maxItems } from "./batches.js";
import type { ClientClock } from "./clock.js";
import type { MetricastClientError } from "./error.js";
import { clamp } from "./parse-message.js";
import type { ReplyHandlers, Requests } from "./requests.js";
import type { ViewMessage, Watch } from "./watch.js";

const defaultMessageBytes = 16_384;
/** Of a message around its items. */
const envelopeBytes = 128;

/** All subscriptions of a client: asks for them in as few messages as may be, and again after each reconnect. */
export class Desk {
  readonly #clock: ClientClock;
  readonly #requests: Requests;
  readonly #distrust: () => void;
  readonly #alarm: Alarm;
  readonly #watches = new Set<Watch>();
  readonly #byView = new Map<number, Watch>();
  /** Views that the server is to forget. */
  #abandoned: number[] = [];
  #isLive = false;
  #maxBytes = defaultMessageBytes - envelopeBytes;

  /** `distrust`: what is held does not go on with what comes; all begins anew from the positions. */
  constructor(clock: ClientClock, requests: Requests, distrust: () => void) {
    this.#distrust = distrust;
    this.#clock = clock;
    this.#requests = requests;
    this.#alarm = new Alarm(clock, () => this.#flush());
  }

  add(watch: Watch): void {
    this.#watches.add(watch);
    this.changed();
  }

  has(watch: Watch): boolean {
    return this.#watches.has(watch);
  }

  /** Something is to be asked or left: with what else changes until the code that runs now has ended. */
  changed(): void {
    if (this.#isLive) this.#alarm.set();
  }

  /** What `hello` takes up at once: as much as fits beside the token. */
  resume(usedBytes: number): { id: number; items: readonly SubscribeItem[] } | undefined {
    this.#forgetUnwanted();
    const [batch] = batchesOf([...this.#watches], subscribeItem, this.#maxBytes - usedBytes);
    return batch && { id: this.#requests.expect(this.#asked(batch.members)), items: batch.items };
  }

  up({ limits }: Partial<Pick<WelcomeMessage, "limits">>): void {
    this.#isLive = true;
    const maxBytes = clamp(limits?.maxMessageBytes, 1_024, 1_048_576, defaultMessageBytes);
    this.#maxBytes = maxBytes - envelopeBytes;
    this.changed();
  }

  down(): void {
    this.#isLive = false;
    this.#alarm.stop();
    this.#byView.clear();
    this.#abandoned = [];
    for (const watch of this.#watches) {
      watch.isAsked = false;
      watch.view = undefined;
    }
  }

  receive(message: ViewMessage): void {
    const watch = this.#byView.get(message.view);
    // What was left is still on its way for a while.
    if (watch && !watch.feed.receive(message)) this.#distrust();
  }

  #forgetUnwanted(): void {
    for (const watch of this.#watches) {
      if (watch.holders.size > 0 || watch.isAsked) continue;
      this.#watches.delete(watch);
      if (watch.view === undefined) continue;
      this.#byView.delete(watch.view);
      this.#abandoned.push(watch.view);
    }
  }

  #flush(): void {
    this.#forgetUnwanted();
    const nowMs = this.#clock.monotonicMs();
    const joining: Watch[] = [];
    const changing: Watch[] = [];
    let nextMs = Infinity;
    for (const watch of this.#watches) {
      const { isAsked, isDirty, notBeforeMs, view } = watch;
      if (isAsked || (view !== undefined && !isDirty)) continue;
      if (notBeforeMs > nowMs) nextMs = Math.min(nextMs, notBeforeMs);
      else (view === undefined ? joining : changing).push(watch);
    }
    this.#unsubscribe();
    for (const { items, members } of batchesOf(joining, subscribeItem, this.#maxBytes)) {
      this.#requests.send((id) => ({ type: "subscribe", id, items }), this.#asked(members));
    }
    for (const { items, members } of batchesOf(changing, updateItem, this.#maxBytes)) {
      this.#requests.send((id) => ({ type: "update", id, items }), this.#asked(members));
    }
    if (nextMs < Infinity) this.#alarm.set(nextMs - nowMs);
  }

  #unsubscribe(): void {
    while (this.#abandoned.length > 0) {
      const views = this.#abandoned.splice(0, maxItems);
      const failed = ({ temporary }: MetricastClientError) => {
        if (temporary && this.#isLive) this.#abandoned.push(...views);
        this.changed();
      };
      this.#requests.send((id) => ({ type: "unsubscribe", id, views }), { reply: () => undefined, failed });
    }
  }

  #asked(watches: readonly Watch[]): ReplyHandlers {
    for (const watch of watches) {
      watch.isAsked = true;
      watch.isDirty = false;
    }
    return {
      reply: (message) => this.#subscribed(watches, message),
      failed: (error, item) => this.#failed(watches, error, item),
    };
  }

  #subscribed(watches: readonly Watch[], message: ServerMessage): void {
    const items = message.type === "subscribed" ? message.items : [];
    watches.forEach((watch, k) => {
      const item = items[k];
      watch.isAsked = false;
      if (!item) {
        watch.putOff(this.#clock.monotonicMs());
        return;
      }
      if (watch.view !== undefined) this.#byView.delete(watch.view);
      watch.view = item.view;
      watch.confirmed = watch.request;
      this.#byView.set(item.view, watch);
      watch.feed.joined(item);
    });
    this.changed();
  }

  #failed(watches: readonly Watch[], error: MetricastClientError, item: number | undefined): void {
    const nowMs = this.#clock.monotonicMs();
    watches.forEach((watch, k) => {
      watch.isAsked = false;
      watch.isDirty ||= watch.view !== undefined;
      if (error.temporary) watch.putOff(nowMs, error.retryAfterMs);
      else if (item !== undefined && item !== k) return;
      else if (error.code === "already_subscribed") {
        // With no twin here, one that was left is still on its way out there.
        if (!watch.moveToTwin()) watch.putOff(nowMs);
      } else {
        // A refused update leaves what was before; a refused subscription is over.
        watch.isOver = watch.view === undefined;
        if (watch.isOver) this.#watches.delete(watch);
        watch.request = watch.confirmed;
        watch.isDirty = false;
        watch.feed.failed(error);
      }
    });
    this.changed();
  }
}

function subscribeItem({ request, feed: { position } }: Watch): SubscribeItem {
  return position === undefined ? request : { ...request, position };
}

function updateItem({ request, view = 0 }: Watch) {
  const { channel: _channel, merge: _merge, ...wishes } = request;
  return { view, ...wishes };
}
