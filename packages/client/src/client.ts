import type { HelloMessage, ServerMessage, WelcomeMessage } from "@metricast/protocol";
import { parseAddress } from "./address.js";
import { jsonBytes } from "./batches.js";
import { type ChannelInfo, type QueryBlock, type QueryOptions, readPage, readResult } from "./catalogue.js";
import { Connection, type ConnectionState } from "./connection.js";
import { Desk } from "./desk.js";
import { Emitter, type Listenable } from "./emitter.js";
import { MetricastClientError } from "./error.js";
import { faultReport, type Report } from "./faults.js";
import type { Message } from "./message.js";
import { type ClientOptions, resolveOptions } from "./options.js";
import { type Request, Requests } from "./requests.js";
import {
  EventStream,
  type EventStreamOptions,
  type SubscribeOptions,
  Subscription,
  withPatterns,
} from "./subscription.js";

export interface ClientEvents {
  /** The connection's new state: `connecting`, `live`, `waiting`, `closed`. */
  state: ConnectionState;
  /** What went wrong and belongs to no request or subscription; at most one per code and second. */
  error: MetricastClientError;
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
  readonly #onThrow = (cause: unknown): void => this.#report("handler_failed", { cause });
  readonly #emitter = new Emitter<ClientEvents>(this.#onThrow);
  readonly #report: Report;
  readonly #connection: Connection;
  readonly #requests: Requests;
  readonly #desk: Desk;

  /** Use `connect`. */
  constructor(address: string, given: ClientOptions) {
    const { url, token } = parseAddress(address);
    const options = resolveOptions({ ...(token !== undefined && { token }), ...given });
    const { clock, requestTimeoutMs: timeoutMs } = options;
    const report = faultReport(clock, (error) => this.#emitter.emit("error", error));
    this.#report = report;
    this.#requests = new Requests({ clock, timeoutMs, send: (text) => this.#connection.send(text) });
    this.#desk = new Desk({ options, report }, this.#requests);
    this.#connection = new Connection({
      url,
      options,
      hello: (text) => this.#hello(text),
      onState: (state, welcome) => this.#heardState(state, welcome),
      onMessage: (message) => this.#route(message),
      report,
    });
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

  /** Watches series. Whatever the server says to it comes as the subscription's events. */
  subscribe(options: SubscribeOptions = {}): Subscription {
    return new Subscription(this.#desk, options, this.#onThrow);
  }

  /** Watches a channel of events. */
  events(channel = "events", options: EventStreamOptions = {}): EventStream {
    return new EventStream(this.#desk, channel, options, this.#onThrow);
  }

  /** Reads points of the past: one block for each of what is asked. Rejects with a `MetricastClientError`. */
  query(wanted: QueryOptions | readonly QueryOptions[]): Promise<QueryBlock[]> {
    const items = [wanted].flat().map((item) => ({ channel: "metrics", ...withPatterns(item) }));
    return this.#ask({ type: "query", items }, readResult);
  }

  /** Lists channels and their series, however many. Rejects with a `MetricastClientError`. */
  async list(wanted: ListOptions = {}): Promise<ChannelInfo[]> {
    const channels = new Map<string, ChannelInfo>();
    const read = (message: ServerMessage) => readPage(channels, message);
    for (let from = 0, next: number | undefined; ; from = next) {
      next = await this.#ask({ type: "list", ...withPatterns(wanted), from }, read);
      // A page that leads back would be asked for for ever.
      if (next === undefined || next <= from) return [...channels.values()];
    }
  }

  /** Ends the connection for good. Open requests reject with `closed`. */
  close(): void {
    this.#connection.close();
  }

  async #ask<Answer>(request: Request, read: (message: ServerMessage) => Answer): Promise<Answer> {
    if (this.state.name === "closed") throw new MetricastClientError("closed");
    const message = await new Promise<ServerMessage>((reply, failed) => {
      this.#requests.send(request, { reply, failed }, true);
    });
    try {
      return read(message);
    } catch (cause) {
      throw new MetricastClientError("garbage", { cause });
    }
  }

  #hello(token: string | undefined): HelloMessage {
    const resume = this.#desk.resume(jsonBytes(token ?? ""));
    return { type: "hello", version: 1, ...(token !== undefined && { token }), ...resume };
  }

  #heardState(state: ConnectionState, welcome: WelcomeMessage | undefined): void {
    const isClosed = state.name === "closed";
    if (welcome) {
      this.#desk.up(welcome);
      this.#requests.up();
    } else if (state.name !== "connecting") {
      this.#requests.down(isClosed ? new MetricastClientError("closed") : undefined);
      this.#desk.down();
    }
    this.#emitter.emit("state", state);
  }

  #route(message: Message): void {
    if ("view" in message) this.#desk.receive(message);
    else if (!this.#requests.settle(message) && message.type === "error") this.#report(message.code, message);
  }
}
