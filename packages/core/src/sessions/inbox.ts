import {
  type ClientMessage,
  type ClientMessageType,
  type CloseCode,
  closeCodes,
  type ParseFailure,
  parseClientMessage,
  type WireCodeName,
  wireCodes,
} from "@metricast/protocol";
import type { Receiver } from "../contracts/connection.js";
import type { Hub } from "./hub.js";
import { FaultCount } from "./rate-limit.js";
import { hello } from "./routes/hello.js";
import { list } from "./routes/list.js";
import { ping } from "./routes/ping.js";
import { query } from "./routes/query.js";
import { Refusal } from "./routes/refusal.js";
import { subscribe } from "./routes/subscribe.js";
import { unsubscribe } from "./routes/unsubscribe.js";
import { update } from "./routes/update.js";
import type { Session } from "./session.js";

/** So many faulty messages, or so many over the rate, within a minute end the session. */
const maxFaultsPerMinute = 10;

const none: readonly number[] = [];

type Answer = void | Promise<void>;
type Route<M extends ClientMessage = ClientMessage> = (session: Session, message: M, hub: Hub) => Answer;

/**
 * What a session is told by its transport. Of messages: size, rate, shape, then the route; every request gets exactly one
 * reply. What only faults need is made when there is one.
 */
export class Inbox implements Receiver {
  readonly #session: Session;
  readonly #hub: Hub;
  readonly #onClosed: (session: Session, code: number) => void;
  /** What it has used up of the message rate. */
  #account = 0;
  #faults: FaultCount | undefined;
  #excess: FaultCount | undefined;
  /** Ids of requests that are not answered yet. */
  #pending = none;

  constructor(session: Session, hub: Hub, onClosed: (session: Session, code: number) => void) {
    this.#session = session;
    this.#hub = hub;
    this.#onClosed = onClosed;
  }

  pong(payload: Uint8Array): void {
    this.#hub.cost.measureSome(() => this.#session.pong(payload));
  }

  drained(): void {
    this.#hub.cost.measure(() => this.#session.serve());
  }

  closed(code: number): void {
    this.#hub.cost.measure(() => this.#onClosed(this.#session, code));
  }

  message(data: string | Uint8Array): void {
    this.#hub.cost.measure(() => this.#take(data));
  }

  #take(data: string | Uint8Array): void {
    const { stats, options } = this.#hub;
    if (!this.#session.isOpen) return;
    this.#session.heard();
    stats.messagesIn++;
    if (typeof data !== "string") return this.#session.end(closeCodes.unsupportedData);
    if (Buffer.byteLength(data) > options.maxMessageBytes) return this.#session.end(closeCodes.tooBig);
    const parsed = parseClientMessage(data);
    const rate = this.#hub.messageRate.take(this.#account, this.#hub.monotonicMs());
    if (!rate.allowed)
      return this.#limitRate(rate.retryAfterMs, parsed.ok ? parsed.message.id : parsed.failure.id);
    this.#account = rate.account;
    if (!parsed.ok) return this.#refuseUnparsed(parsed.failure);
    this.#route(parsed.message);
  }

  #route(message: ClientMessage): void {
    const { id } = message;
    if (!this.#session.identity && message.type !== "hello") return this.#session.end(closeCodes.badMessage);
    if (id !== undefined && this.#pending.includes(id))
      return this.#refuse("invalid_message", { field: "id" });
    void this.#answer(message);
  }

  /** Never rejects. */
  async #answer(message: ClientMessage): Promise<void> {
    const { id } = message;
    if (id !== undefined) this.#pending = [...this.#pending, id];
    try {
      // The table has the route of each type under that type.
      await (routes[message.type] as Route)(this.#session, message, this.#hub);
    } catch (cause) {
      this.#refuseFor(cause, message);
    }
    if (id !== undefined) this.#pending = this.#pending.filter((one) => one !== id);
    if (this.#pending.length === 0) this.#pending = none;
  }

  #refuseFor(cause: unknown, { id, type }: ClientMessage): void {
    const echo = id === undefined ? {} : { id };
    if (cause instanceof Refusal) return this.#refuse(cause.code, { ...echo, ...cause.at });
    this.#hub.report("error", "MC_INTERNAL", { key: `route ${type}` }, cause);
    this.#refuse("internal", echo);
  }

  #refuseUnparsed({ code, ...at }: ParseFailure): void {
    if (!this.#session.identity) return this.#session.end(closeCodes.badMessage);
    this.#refuse(code, at);
  }

  #limitRate(retryAfterMs: number, id: number | undefined): void {
    const { stats } = this.#hub;
    stats.rateLimited++;
    this.#error("rate_limited", { ...(id !== undefined && { id }), retryAfterMs });
    this.#excess ??= new FaultCount(maxFaultsPerMinute);
    this.#endWhen(this.#excess.add(this.#hub.monotonicMs()), closeCodes.rateLimited);
  }

  #refuse(code: WireCodeName, at: { id?: number; field?: string; item?: number; detail?: string }): void {
    this.#error(code, at);
    if (wireCodes[code].temporary) return;
    this.#faults ??= new FaultCount(maxFaultsPerMinute);
    this.#endWhen(this.#faults.add(this.#hub.monotonicMs()), closeCodes.tooManyErrors);
  }

  #error(code: WireCodeName, at: object): void {
    this.#hub.stats.clientErrors++;
    this.#session.tell({ type: "error", code, temporary: wireCodes[code].temporary, ...at });
  }

  #endWhen(tooMany: boolean, code: CloseCode): void {
    if (tooMany) this.#session.end(code);
  }
}

const routes: { readonly [type in ClientMessageType]: Route<Extract<ClientMessage, { type: type }>> } = {
  hello,
  subscribe,
  update,
  unsubscribe,
  query,
  list,
  ping,
};
