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
import type { Hub } from "./hub.js";
import { FaultCount, MessageRate } from "./rate-limit.js";
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

type Answer = void | Promise<void>;
type Route<M extends ClientMessage = ClientMessage> = (session: Session, message: M, hub: Hub) => Answer;

/** Takes a session's messages: size, rate, shape, then the route. Every request gets exactly one reply. */
export class Inbox {
  readonly #session: Session;
  readonly #hub: Hub;
  readonly #rate: MessageRate;
  readonly #faults = new FaultCount(maxFaultsPerMinute);
  readonly #excess = new FaultCount(maxFaultsPerMinute);
  /** Ids of requests that are not answered yet. */
  readonly #pending = new Set<number>();

  constructor(session: Session, hub: Hub) {
    this.#session = session;
    this.#hub = hub;
    this.#rate = new MessageRate(hub.options);
  }

  take(data: string | Uint8Array): void {
    const { stats, options } = this.#hub;
    if (!this.#session.isOpen) return;
    this.#session.heard();
    stats.messagesIn++;
    if (typeof data !== "string") return this.#session.end(closeCodes.unsupportedData);
    if (Buffer.byteLength(data) > options.maxMessageBytes) return this.#session.end(closeCodes.tooBig);
    const parsed = parseClientMessage(data);
    const rate = this.#rate.take(this.#hub.monotonicMs());
    if (!rate.allowed)
      return this.#limitRate(rate.retryAfterMs, parsed.ok ? parsed.message.id : parsed.failure.id);
    if (!parsed.ok) return this.#refuseUnparsed(parsed.failure);
    this.#route(parsed.message);
  }

  #route(message: ClientMessage): void {
    const { id } = message;
    if (!this.#session.identity && message.type !== "hello") return this.#session.end(closeCodes.badMessage);
    if (id !== undefined && this.#pending.has(id)) return this.#refuse("invalid_message", { field: "id" });
    if (id !== undefined) this.#pending.add(id);
    void this.#answer(message).finally(() => {
      if (id !== undefined) this.#pending.delete(id);
    });
  }

  /** Never rejects. */
  async #answer(message: ClientMessage): Promise<void> {
    try {
      // The table has the route of each type under that type.
      await (routes[message.type] as Route)(this.#session, message, this.#hub);
    } catch (cause) {
      const echo = message.id === undefined ? {} : { id: message.id };
      if (cause instanceof Refusal) return this.#refuse(cause.code, { ...echo, ...cause.at });
      this.#hub.report("error", "MC_INTERNAL", { key: `route ${message.type}` }, cause);
      this.#refuse("internal", echo);
    }
  }

  #refuseUnparsed({ code, ...at }: ParseFailure): void {
    if (!this.#session.identity) return this.#session.end(closeCodes.badMessage);
    this.#refuse(code, at);
  }

  #limitRate(retryAfterMs: number, id: number | undefined): void {
    const { stats } = this.#hub;
    stats.rateLimited++;
    this.#error("rate_limited", { ...(id !== undefined && { id }), retryAfterMs });
    this.#endWhen(this.#excess.add(this.#hub.monotonicMs()), closeCodes.rateLimited);
  }

  #refuse(code: WireCodeName, at: { id?: number; field?: string; item?: number; detail?: string }): void {
    this.#error(code, at);
    if (wireCodes[code].temporary) return;
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
