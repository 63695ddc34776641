import type { ClientMessage, HelloMessage, ServerMessage } from "@metricast/protocol";
import { parseAddress } from "./address.js";
import { utf8Bytes } from "./batches.js";
import {
  type ChannelInfo,
  type QueryBlock,
  type QueryOptions,
  readChannels,
  readResult,
} from "./catalogue.js";
import { Connection, type ConnectionState } from "./connection.js";
import { readToken } from "./credentials.js";
import { Desk } from "./desk.js";
import { Emitter, type Listenable } from "./emitter.js";
import { MetricastClientError } from "./error.js";
import { EventFeed, type EventStreamEvents } from "./event-feed.js";
import { Faults } from "./faults.js";
import { FeedPool, type Tell } from "./feed-pool.js";
import { MetricsFeed, type SubscriptionEvents } from "./metrics-feed.js";
import { type ClientOptions, type ResolvedOptions, resolveOptions } from "./options.js";
import { errorOf, Requests } from "./requests.js";
import {
  EventStream,
  type EventStreamOptions,
  type SubscribeOptions,
  Subscription,
  withPatterns,
} from "./subscription.js";
import { onWake } from "./wake.js";

export interface ClientEvents {
  /** The connection's new state: `connecting`, `live`, `waiting`, `closed`. */
  state: ConnectionState;
  /** What went wrong and belongs to no request or subscription; at most one per code and second. */
  error: MetricastClientError;
}

export interface ClientStats {
  /** Messages of the server. */
  readonly messages: number;
  /** Faults, told or not. */
  readonly faults: number;
  /** Connections that became live. */
  readonly connections: number;
}

export interface ListOptions {
  /** Default: all that this client may watch. */
  readonly channel?: string;
  readonly select?: string | readonly string[];
}

/**
 * Connects to a metricast server and stays connected: reconnects and goes on from where each subscription stopped.
 * `url` is http(s) or ws(s); a `token` in it is sent in the first message instead. Throws `option_invalid` and
 * `websocket_missing`; nothing else is ever thrown into the application.
 */
export function connect(url: string, options: ClientOptions = {}): MetricastClient {
  return new MetricastClient(url, options);
}

export class MetricastClient implements Listenable<ClientEvents> {
  readonly #options: ResolvedOptions;
  readonly #emitter: Emitter<ClientEvents>;
  readonly #faults: Faults;
  readonly #connection: Connection;
  readonly #requests: Requests;
  readonly #desk: Desk;
  readonly #series: FeedPool<MetricsFeed, SubscriptionEvents>;
  readonly #events: FeedPool<EventFeed, EventStreamEvents>;
  readonly #stopWaking: () => void;
  #clockOffsetMs = 0;
  #messages = 0;
  #connections = 0;

  /** Use `connect`. */
  constructor(url: string, given: ClientOptions) {
    const options = resolveOptions(given);
    const address = parseAddress(url);
    const { clock, requestTimeoutMs: timeoutMs } = options;
    this.#options = options;
    this.#emitter = new Emitter(this.#onThrow);
    this.#faults = new Faults(clock, (error) => this.#emitter.emit("error", error));
    this.#requests = new Requests({ clock, timeoutMs, send: (text) => this.#connection.send(text) });
    this.#desk = new Desk(clock, this.#requests, () => this.#connection.distrust());
    this.#series = this.#makeSeriesPool();
    this.#events = new FeedPool(this.#desk, options, (tell) => new EventFeed(tell));
    this.#connection = new Connection({
      url: address.url,
      options,
      readToken: () => readToken(options, address.token),
      hello: (token) => this.#hello(token),
      onState: (state) => this.#heardState(state),
      onLive: (welcome) => {
        this.#connections++;
        this.#heardTime(welcome.serverTimeMs);
        this.#desk.up(welcome);
        this.#requests.up();
      },
      onDown: () => {
        this.#requests.down();
        this.#desk.down();
      },
      onMessage: (message) => this.#route(message),
      report: this.#faults.report,
    });
    this.#stopWaking = onWake(() => this.#connection.wake());
    this.#connection.start();
  }

  on<Type extends keyof ClientEvents>(
    type: Type,
    listener: (payload: ClientEvents[Type]) => void,
  ): () => void {
    return this.#emitter.on(type, listener);
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  get stats(): ClientStats {
    return { messages: this.#messages, faults: this.#faults.total, connections: this.#connections };
  }

  /** The server's clock as far as it is known, milliseconds since the Unix epoch. */
  serverTimeMs(): number {
    return this.#options.clock.dateMs() + this.#clockOffsetMs;
  }

  /** Watches series. Whatever the server says to it comes as the subscription's events. */
  subscribe(options: SubscribeOptions = {}): Subscription {
    return new Subscription(this.#series, options, this.#onThrow);
  }

  /** Watches a channel of events. */
  events(channel = "events", { types, ...rest }: EventStreamOptions = {}): EventStream {
    const request = { channel, ...withPatterns({ ...rest, select: types }) };
    return new EventStream(this.#events, request, this.#onThrow);
  }

  /** Reads points of the past: one block for each of what is asked. Rejects with a `MetricastClientError`. */
  query(wanted: QueryOptions | readonly QueryOptions[]): Promise<QueryBlock[]> {
    const items = [wanted].flat().map((item) => ({ channel: "metrics", ...withPatterns(item) }));
    return this.#ask(readResult, (id) => ({ type: "query", id, items }));
  }

  /** Lists channels and their series. Rejects with a `MetricastClientError`. */
  list(wanted: ListOptions = {}): Promise<ChannelInfo[]> {
    const fields = withPatterns(wanted);
    return this.#ask(readChannels, (id) => ({ type: "list", id, ...fields }));
  }

  /** Ends the connection for good. Open requests reject with `closed`. */
  close(): void {
    this.#connection.close();
  }

  #makeSeriesPool(): FeedPool<MetricsFeed, SubscriptionEvents> {
    const { maxPointsPerSeries: maxPoints, maxSeries: maxSlots } = this.#options;
    const { report } = this.#faults;
    const make = (tell: Tell<SubscriptionEvents>) => new MetricsFeed({ maxPoints, maxSlots, report, tell });
    return new FeedPool(this.#desk, this.#options, make);
  }

  readonly #onThrow = (cause: unknown): void => {
    this.#faults.report("handler_failed", "a listener threw", { cause });
  };

  #ask<Answer>(
    read: (message: ServerMessage) => Answer,
    build: (id: number) => ClientMessage,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.state.name === "closed") throw closedError();
      const reply = (message: ServerMessage) => {
        try {
          resolve(read(message));
        } catch (cause) {
          reject(new MetricastClientError("garbage", "the answer is malformed", { cause }));
        }
      };
      this.#requests.ask(build, { reply, failed: reject });
    });
  }

  #hello(token: string | undefined): HelloMessage {
    const resume = this.#desk.resume(token === undefined ? 0 : utf8Bytes(token));
    return {
      type: "hello",
      ...(resume && { id: resume.id }),
      version: 1,
      ...(token !== undefined && { token }),
      ...(resume && { resume: resume.items }),
    };
  }

  #heardState(state: ConnectionState): void {
    if (state.name === "closed") {
      this.#stopWaking();
      this.#requests.failAll(closedError());
    }
    this.#emitter.emit("state", state);
  }

  #heardTime(serverTimeMs: unknown): void {
    if (typeof serverTimeMs === "number") this.#clockOffsetMs = serverTimeMs - this.#options.clock.dateMs();
  }

  #route(message: ServerMessage): void {
    this.#messages++;
    if ("view" in message) this.#desk.receive(message);
    else if ("serverTimeMs" in message) this.#heardTime(message.serverTimeMs);
    else if (this.#requests.settle(message)) return;
    else if (message.type !== "error") this.#faults.report("garbage", `unexpected ${message.type}`);
    else {
      const error = errorOf(message);
      if (error.code === "rate_limited") this.#requests.rateLimited(error);
      this.#faults.report(error.code, error.message, error);
    }
  }
}

function closedError(): MetricastClientError {
  return new MetricastClientError("closed", "the client is closed");
}
