import type { ClientMessage } from "@metricast/protocol";
import type { WebSocketConstructor, WebSocketLike } from "../socket.js";
import { Transcriber } from "./transcriber.js";

/** A server that says what a test tells it to, over sockets that are none. */
export class ScriptedServer {
  readonly sockets: ScriptedSocket[] = [];
  readonly WebSocket: WebSocketConstructor;

  /** `codec`: how frames and blocks are said, whatever the client offers. */
  constructor(codec: "binary" | "json" = "json") {
    const { sockets } = this;
    this.WebSocket = class extends ScriptedSocket {
      constructor(url: string, protocols?: string | string[]) {
        super(url, protocols, codec === "binary" ? new Transcriber() : undefined);
        sockets.push(this);
      }
    };
  }

  /** The newest socket. */
  get socket(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("nobody connected");
    return socket;
  }
}

type Handler<Event> = ((event: Event) => void) | null;

export class ScriptedSocket implements WebSocketLike {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: ClientMessage[] = [];
  binaryType = "blob";
  isClosed = false;
  /** The code the client closed it with. */
  closedWith: number | undefined;
  /** Messages said in bits. */
  bitsSaid = 0;
  /** Whether sending throws, as on a socket that is not open. */
  isBroken = false;
  onopen: Handler<unknown> = null;
  onmessage: Handler<{ readonly data: unknown }> = null;
  onclose: Handler<{ readonly code: number; readonly reason: string }> = null;
  onerror: Handler<unknown> = null;
  readonly #transcriber: Transcriber | undefined;

  constructor(url: string, protocols: string | string[] = [], transcriber?: Transcriber) {
    this.url = url;
    this.protocols = [protocols].flat();
    this.#transcriber = transcriber;
  }

  // --- the client's side ---

  send(data: string): void {
    if (this.isClosed || this.isBroken) throw new Error("not open");
    this.sent.push(JSON.parse(data));
  }

  close(code?: number): void {
    this.isClosed = true;
    this.closedWith ??= code;
  }

  // --- the server's side ---

  open(): void {
    this.onopen?.({});
  }

  /** Objects as JSON, or in bits; texts and bytes as they are. */
  say(...messages: readonly unknown[]): void {
    for (const message of messages) {
      const isObject = typeof message === "object" && message !== null && !(message instanceof ArrayBuffer);
      const bits = isObject ? this.#transcriber?.bytesOf(message) : undefined;
      if (bits) this.bitsSaid++;
      const data = bits ?? (isObject ? JSON.stringify(message) : message);
      this.onmessage?.({ data });
    }
  }

  end(code = 1006, reason = ""): void {
    this.isClosed = true;
    this.onclose?.({ code, reason });
  }

  /** Opens and welcomes. */
  welcome(fields: object = {}): this {
    this.open();
    this.say({ ...welcomeMessage, ...fields });
    return this;
  }

  sentOf<Type extends ClientMessage["type"]>(type: Type): Extract<ClientMessage, { type: Type }>[] {
    return this.sent.filter(
      (message): message is Extract<ClientMessage, { type: Type }> => message.type === type,
    );
  }

  /** Answers the last message of a type. */
  answer(type: "hello" | "subscribe" | "update" | "query" | "list" | "unsubscribe", reply: object): void {
    const id = this.sentOf(type).at(-1)?.id;
    this.say({ id, ...reply });
  }

  /** Answers the last `subscribe` with a view of metrics per item, numbered from `firstView`. */
  accept(firstView = 1, fields: object = {}, type: "hello" | "subscribe" | "update" = "subscribe"): void {
    const message = this.sentOf(type).at(-1);
    const wanted = message?.type === "hello" ? message.resume : message?.items;
    const items = (wanted ?? []).map((_, k) => ({ ...subscribedItem, view: firstView + k, ...fields }));
    this.answer(type, { type: "subscribed", items });
  }
}

export const welcomeMessage = {
  type: "welcome",
  version: 1,
  session: "s1",
  instance: "api-1",
  serverTimeMs: 1_700_000_000_000,
  heartbeatMs: 10_000,
  limits: { maxMessageBytes: 16_384, maxSubscriptions: 128, messagesPerMinute: 100 },
};

const subscribedItem = {
  view: 1,
  channel: "metrics",
  kind: "metrics",
  select: [],
  merge: "cluster",
  intervalMs: 1_000,
  stepTicks: 1,
  position: "v1.aaaa.100",
};

/** A keyframe of gauges by name. */
export function keyframe(
  view: number,
  tick: number,
  gauges: Readonly<Record<string, number>>,
  generation = 1,
) {
  const names = Object.keys(gauges);
  return {
    type: "frame",
    view,
    tick,
    generation,
    position: `v1.aaaa.${tick}`,
    series: names.map((name) => ({ name })),
    i: names.map((_, k) => (k === 0 ? 0 : 1)),
    v: Object.values(gauges),
  };
}

/** A chain frame: values by id. */
export function chained(
  view: number,
  prev: number,
  tick: number,
  values: readonly (readonly [number, unknown])[],
) {
  let before = 0;
  const i = values.map(([id]) => {
    const distance = id - before;
    before = id;
    return distance;
  });
  return { type: "frame", view, tick, prev, i, v: values.map(([, value]) => value) };
}
