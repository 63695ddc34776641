import type { ClientMessage, ServerMessage, SubscribeItem } from "@metricast/protocol";
import { until } from "./until.js";
import { WireView } from "./wire-view.js";
import { openPeer, type PeerOptions, type WsPeer } from "./ws-peer.js";

export interface WireClientOptions extends PeerOptions {
  /** Sent in `hello`; without one no `hello` is sent. */
  readonly token?: string;
}

type Message<T extends ServerMessage["type"]> = Extract<ServerMessage, { type: T }>;
/** `Omit` over each member of a union. */
type WithoutId<M> = M extends unknown ? Omit<M, "id"> : never;

/** A client written from the protocol alone, on a socket that does what it is told: it never reconnects or forgives. */
export class WireClient {
  readonly peer: WsPeer;
  readonly received: ServerMessage[] = [];
  readonly views = new Map<number, WireView>();
  #taken = 0;
  #lastId = 0;

  /** Resolves after the upgrade, and where there is a token after `welcome`. Rejects with UpgradeRefused. */
  static async open(url: string, { token, ...options }: WireClientOptions = {}): Promise<WireClient> {
    const client = new WireClient(await openPeer(url, options));
    if (token !== undefined) await client.ask({ type: "hello", version: 1, token });
    return client;
  }

  constructor(peer: WsPeer) {
    this.peer = peer;
    peer.onMessage = () => this.#takeAll();
    this.#takeAll();
  }

  of<T extends ServerMessage["type"]>(type: T): Message<T>[] {
    return this.received.filter((message): message is Message<T> => message.type === type);
  }

  send(message: ClientMessage): void {
    this.peer.send(JSON.stringify(message));
  }

  /** Sends a request and waits for its reply, whichever it is. */
  async ask(request: WithoutId<ClientMessage>): Promise<ServerMessage> {
    const id = ++this.#lastId;
    this.peer.send(JSON.stringify({ ...request, id }));
    const reply = () => this.received.find((message) => "id" in message && message.id === id);
    await until(() => reply() !== undefined || this.peer.ended, 5_000, `a reply to ${request.type}`);
    const found = reply();
    if (found === undefined) throw new Error(`closed with ${this.peer.closeCode} instead of an answer`);
    return found;
  }

  /** Subscribes; rejects with the error's word where it is refused. */
  async watch(item: Partial<SubscribeItem> = {}): Promise<WireView> {
    const reply = await this.ask({ type: "subscribe", items: [{ channel: "metrics", ...item }] });
    const number = reply.type === "subscribed" ? reply.items[0]?.view : undefined;
    const view = number === undefined ? undefined : this.views.get(number);
    if (view === undefined) throw new Error(reply.type === "error" ? reply.code : `answered ${reply.type}`);
    return view;
  }

  /** Waits for the server to close; gives the code. */
  async closed(): Promise<number | undefined> {
    await until(() => this.peer.closeCode !== undefined, 5_000, "the close");
    return this.peer.closeCode;
  }

  #takeAll(): void {
    for (; this.#taken < this.peer.messages.length; this.#taken += 1) {
      this.#take(String(this.peer.messages[this.#taken]));
    }
  }

  #take(text: string): void {
    // What the server says is what is tested: a message of another shape shows in what is expected of it.
    const message = JSON.parse(text) as ServerMessage;
    this.received.push(message);
    if (message.type === "subscribed") {
      for (const item of message.items) this.views.set(item.view, new WireView(item));
    }
    if ("view" in message) this.views.get(message.view)?.take(message);
  }
}
