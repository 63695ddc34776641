import type {
  BlockMessage,
  EventsMessage,
  FrameMessage,
  QualityMessage,
  RevisedMessage,
  SubscribedItem,
  SubscribeItem,
} from "@metricast/protocol";
import type { Backoff } from "./backoff.js";
import type { MetricastClientError } from "./error.js";

/** Without the position, which the feed knows. */
export type WatchRequest = Omit<SubscribeItem, "position">;

export type ViewMessage = FrameMessage | BlockMessage | EventsMessage | QualityMessage | RevisedMessage;

/** What a watch receives into. */
export interface Feed {
  /** Time between what it receives; 0 where it is not known or there is none. */
  readonly stepMs: number;
  /** Where it stopped; undefined where it never began. */
  readonly position: string | undefined;
  joined(item: SubscribedItem): void;
  /** False where the message does not follow what came before, or is none. */
  receive(message: ViewMessage): boolean;
  failed(error: MetricastClientError): void;
}

const calmMs = 10_000;

/** One subscription as the server knows it; its holders are the application's subscriptions that share it. */
export class Watch<F extends Feed = Feed, Holder = unknown> {
  readonly feed: F;
  readonly holders: Set<Holder>;
  /** The server sends this view already under another watch; false where none is found to give the holders to. */
  moveToTwin: () => boolean = () => false;
  readonly #backoff: Backoff;
  request: WatchRequest;
  /** As the server last took it; an update that it refuses goes back to this. */
  confirmed: WatchRequest;
  /** The server refused it. */
  isOver = false;
  /** Whether the server is asked and has not answered. */
  isAsked = false;
  /** The server's number for it, while it has one. */
  view: number | undefined;
  /** Whether the request has changed since it was sent. */
  isDirty = false;
  /** Not to be asked for before this time on the monotonic clock. */
  notBeforeMs = 0;
  #retriedMs = -Infinity;

  constructor(feed: F, holders: Set<Holder>, request: WatchRequest, backoff: Backoff) {
    this.feed = feed;
    this.holders = holders;
    this.request = request;
    this.confirmed = request;
    this.#backoff = backoff;
  }

  change(request: WatchRequest): void {
    this.request = request;
    this.isDirty = true;
  }

  /** Puts off what comes next: not at first, then longer and longer until it held for a while. */
  putOff(nowMs: number, delayMs?: number): void {
    if (nowMs - this.#retriedMs >= calmMs) this.#backoff.reset();
    this.#retriedMs = nowMs;
    const isFirst = this.#backoff.attempts === 0;
    const ownMs = this.#backoff.nextMs();
    this.notBeforeMs = nowMs + (delayMs ?? (isFirst ? 0 : ownMs));
  }
}
