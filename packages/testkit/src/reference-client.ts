import {
  type BeatMessage,
  type ClientMessage,
  closeCodes,
  type ServerMessage,
  type SubscribedItem,
  wireCodes,
} from "@metricast/protocol";
import type { MetricsWatch, ReferenceWatch } from "./reference-watch.js";

type Request = Exclude<ClientMessage, { type: "hello" }>;
type Body<M extends ClientMessage = ClientMessage> = M extends unknown ? Omit<M, "id"> : never;

interface Pending {
  readonly type: ClientMessage["type"];
  /** What the items of the reply are of. */
  readonly watches: readonly ReferenceWatch[];
  readonly positions: readonly (string | undefined)[];
  readonly done: (reply: ServerMessage) => void;
}

const replyTypes: { readonly [type in Request["type"]]: ServerMessage["type"] } = {
  subscribe: "subscribed",
  update: "subscribed",
  unsubscribe: "unsubscribed",
  query: "result",
  list: "series",
  ping: "pong",
};
const unrequested: ReadonlySet<string> = new Set([
  "frame",
  "block",
  "events",
  "quality",
  "revised",
  "beat",
  "bye",
]);

/**
 * One connection of a client that was written from the protocol's page alone and forgives nothing. It makes the texts
 * of requests, takes the texts of answers, and writes down every break of the rules.
 */
export class ReferenceClient {
  readonly faults: string[] = [];
  /** What is watched, by view number. */
  readonly watches = new Map<number, ReferenceWatch>();
  welcomed = false;
  /** The codes of `error` messages, in order. */
  readonly errors: string[] = [];
  bye: Extract<ServerMessage, { type: "bye" }> | undefined;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  // --- requests ---

  /** Resumes what was watched before, or begins it. */
  subscribe(watches: readonly ReferenceWatch[]): string {
    const positions = watches.map(({ position }) => position);
    const items = watches.map(({ wish }, k) => ({
      ...wish,
      ...(positions[k] !== undefined && { position: positions[k] }),
    }));
    return this.request({ type: "subscribe", items }, { watches, positions });
  }

  /** Takes up the wishes of watches as they are now. */
  update(watches: readonly MetricsWatch[]): string {
    const items = watches.map(({ view, wish: { select, everyMs = 0, sinceMs, points } }) => ({
      view: view?.number ?? -1,
      // What is absent would be kept.
      select: select ?? ["*"],
      everyMs,
      ...(sinceMs !== undefined && { sinceMs }),
      ...(points !== undefined && { points }),
    }));
    return this.request({ type: "update", items }, { watches, positions: watches.map(() => undefined) });
  }

  unsubscribe(watches: readonly ReferenceWatch[]): string {
    const views = watches.map((watch) => viewOf(watch) ?? -1);
    return this.request({ type: "unsubscribe", views }, { watches, positions: [] });
  }

  /** Any request; the reply of its id is expected exactly once. */
  request(body: Body<Request>, about: Partial<Pick<Pending, "watches" | "positions" | "done">> = {}): string {
    const id = ++this.#lastId;
    this.#pending.set(id, { type: body.type, watches: [], positions: [], done: () => {}, ...about });
    return JSON.stringify({ ...body, id });
  }

  /** Requests that have no reply yet. */
  get unanswered(): number {
    return this.#pending.size;
  }

  /** The connection is gone. */
  cut(): void {
    for (const watch of this.watches.values()) watch.cut();
    this.watches.clear();
  }

  // --- answers ---

  take(data: string | Uint8Array): void {
    if (typeof data !== "string") return this.#fault("a binary message");
    if (this.bye) return this.#fault("a message after bye");
    try {
      // The type is what the server says; every field that matters is read with care.
      this.#route(JSON.parse(data) as ServerMessage);
    } catch (cause) {
      this.#fault(`${cause instanceof Error ? cause.message : cause}: ${data.slice(0, 300)}`);
    }
  }

  /** Faults of this connection and of what it watches. */
  get allFaults(): string[] {
    return [...this.faults, ...[...this.watches.values()].flatMap(({ faults }) => faults)];
  }

  #route(message: ServerMessage): void {
    if (message.type === "error") return this.#takeError(message);
    if (message.type === "bye") return this.#takeBye(message);
    if (message.type === "welcome") return this.#takeWelcome(message);
    if (!this.welcomed) return this.#fault(`${message.type} before welcome`);
    if (!unrequested.has(message.type)) return this.#takeReply(message);
    if (message.type === "beat") return this.#takeBeat(message);
    if ("view" in message) this.#takeData(message);
  }

  #takeData(message: Extract<ServerMessage, { view: number }>): void {
    const watch = this.watches.get(message.view);
    if (watch === undefined) return this.#fault(`${message.type} of the view ${message.view}, not watched`);
    if (watch.kind === "events") {
      if (message.type === "events") watch.take(message);
      else this.#fault(`${message.type} of events`);
    } else if (message.type === "frame") watch.view?.takeFrame(message);
    else if (message.type === "block") watch.view?.takeBlock(message);
    else if (message.type === "quality") watch.view?.takeQuality(message);
    else if (message.type === "revised") {
      if (!(message.from < message.to)) this.#fault(`revised (${message.from}, ${message.to}]`);
    } else this.#fault(`${message.type} of metrics`);
  }

  #takeReply(message: ServerMessage): void {
    const pending = this.#takePending("id" in message ? message.id : undefined, message.type);
    if (pending === undefined) return;
    if (message.type === "subscribed") {
      if (pending.type === "update") this.#leave(pending.watches);
      if (message.items.length !== pending.watches.length) this.#fault("items of subscribed");
      for (const [k, item] of message.items.entries())
        this.#begin(item, pending.watches[k], pending.positions[k]);
    }
    if (message.type === "unsubscribed") this.#leave(pending.watches);
    pending.done(message);
  }

  #begin(item: SubscribedItem, watch: ReferenceWatch | undefined, position: string | undefined): void {
    if (watch === undefined || item.kind !== watch.kind) return this.#fault(`subscribed to ${item.kind}`);
    if (this.watches.has(item.view)) this.#fault(`the view ${item.view} twice`);
    this.watches.set(item.view, watch);
    watch.begin(item, position);
  }

  #leave(watches: readonly ReferenceWatch[]): void {
    for (const [view, watch] of this.watches) {
      if (!watches.includes(watch)) continue;
      this.watches.delete(view);
      watch.cut();
    }
  }

  #takePending(id: number | undefined, type: ServerMessage["type"]): Pending | undefined {
    const pending = this.#pending.get(id ?? -1);
    if (pending === undefined || id === undefined) {
      this.#fault(`${type} answers nothing`);
      return undefined;
    }
    this.#pending.delete(id);
    const expected = pending.type === "hello" ? "subscribed" : replyTypes[pending.type];
    if (type !== "error" && type !== expected) this.#fault(`${type} answers ${pending.type}`);
    return pending;
  }

  #takeWelcome({ version, heartbeatMs, limits }: Extract<ServerMessage, { type: "welcome" }>): void {
    if (version !== 1 || !(heartbeatMs > 0) || !(limits.maxMessageBytes > 0)) this.#fault("welcome");
    this.welcomed = true;
  }

  #takeError(message: Extract<ServerMessage, { type: "error" }>): void {
    const { id, code, temporary } = message;
    const known = Object.hasOwn(wireCodes, code) ? wireCodes[code] : undefined;
    if (known === undefined || known.temporary !== temporary) this.#fault(`the error ${code}, ${temporary}`);
    this.errors.push(code);
    if (id !== undefined) this.#takePending(id, "error")?.done(message);
  }

  #takeBye(message: Extract<ServerMessage, { type: "bye" }>): void {
    const { code, reason } = message;
    if (!Object.values(closeCodes).some((known) => known.code === code && known.reason === reason))
      this.#fault(`bye with ${code} ${reason}`);
    this.bye = message;
  }

  #takeBeat({ heads }: BeatMessage): void {
    for (let at = 0; at < heads.length; at += 2) {
      const watch = this.watches.get(heads[at] ?? -1);
      const head = heads[at + 1];
      if (watch === undefined || head === undefined) this.#fault(`a beat of the view ${heads[at]}`);
      else if (watch.kind === "metrics" && head < (watch.view?.tick ?? 0)) this.#fault(`a beat of ${head}`);
    }
  }

  #fault(text: string): void {
    this.faults.push(text);
  }
}

function viewOf(watch: ReferenceWatch): number | undefined {
  return watch.kind === "events" ? watch.view : watch.view?.number;
}
