import {
  type BinaryMessage,
  type ByeMessage,
  binarySubprotocol,
  type HelloMessage,
  jsonSubprotocol,
  mayReconnect,
  type WelcomeMessage,
} from "@metricast/protocol";
import { Alarm, minTimerMs } from "./alarm.js";
import { Backoff } from "./backoff.js";
import { clamp } from "./clamp.js";
import { MetricastClientError } from "./error.js";
import type { Report } from "./faults.js";
import { inflateJson } from "./inflate.js";
import { Liveness } from "./liveness.js";
import { type Message, readMessage } from "./message.js";
import type { ResolvedOptions } from "./options.js";
import type { WebSocketLike } from "./socket.js";

export type ConnectionState =
  | { readonly name: "connecting"; readonly attempt: number }
  | { readonly name: "live"; readonly session: string; readonly instance: string }
  | {
      readonly name: "waiting";
      /** When it connects again, milliseconds since the Unix epoch. */
      readonly retryAtMs: number;
      /** How the last connection ended. */
      readonly code: number;
      readonly reason: string;
    }
  /** For good: `close()` was called, or the server wants this client no more (4500–4999). */
  | { readonly name: "closed"; readonly code: number; readonly reason: string };

export interface ConnectionParts {
  readonly url: string;
  readonly options: ResolvedOptions;
  readonly hello: (token: string | undefined) => HelloMessage;
  /** `welcome`: as the connection becomes live. */
  readonly onState: (state: ConnectionState, welcome?: WelcomeMessage) => void;
  /** Everything that comes while live. What it throws is the server's fault: the connection begins anew. */
  readonly onMessage: (message: Message) => void;
  readonly report: Report;
}

/** A connection that lasted so long begins its delays anew. */
const stableMs = 10_000;
/** What worked once is tried so often again before the other way is. */
const patience = 2;
/** The part of its time after which a session is renewed. */
const renewedAt = 0.9;
/** Timers take no more than 24 days. */
const maxRenewalMs = 1_000_000_000;
/** How a socket ends without a code of the server's. */
const abnormal = 1006;
/** Messages that wait while one is inflated: far more than come in the milliseconds that takes. */
const maxHeld = 1_024;

/** Keeps one connection up: opens it, greets, notices its end, waits, opens the next. */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #backoff: Backoff;
  readonly #liveness: Liveness;
  /** Without a connection: the next one. With one: a new token for it. */
  readonly #alarm: Alarm;
  #state: ConnectionState = { name: "connecting", attempt: 0 };
  #socket: WebSocketLike | undefined;
  #bye: ByeMessage | undefined;
  /** What came while a message is inflated: it waits for its turn. */
  #held: unknown[] | undefined;
  #attempt = 0;
  /** Whether it goes over Server-Sent Events, and how often it may fail before the other way is tried. */
  #streams: boolean;
  #patience = 0;
  #liveSinceMs = Infinity;

  constructor(parts: ConnectionParts) {
    const { clock } = parts.options;
    this.#parts = parts;
    this.#streams = parts.options.transport === "stream";
    this.#backoff = new Backoff(parts.options);
    this.#alarm = new Alarm(clock, () => (this.#state.name === "live" ? this.#renew() : this.#connect()));
    this.#liveness = new Liveness(clock, {
      probe: () => this.send('{"type":"ping","id":0}'),
      dead: () => this.#drop(4001, "no pong"),
    });
    this.#alarm.set();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** False unless live. */
  send(text: string): boolean {
    const isLive = this.#state.name === "live";
    if (isLive) this.#socket?.send(text);
    return isLive;
  }

  close(): void {
    if (this.#state.name !== "closed") this.#end({ name: "closed", code: 1000, reason: "closed" });
  }

  #connect(): void {
    this.#attempt++;
    this.#bye = undefined;
    this.#liveness.watch(this.#parts.options.connectTimeoutMs);
    const open = this.#ifCurrent((token: string | undefined) => this.#open(token));
    this.#become({ name: "connecting", attempt: this.#backoff.attempts });
    this.#askToken(
      open,
      this.#ifCurrent((cause) => this.#fail("ticket_failed", cause)),
    );
  }

  #askToken(then: (token: string | undefined) => void, failed: (cause: unknown) => void): void {
    const { token } = this.#parts.options;
    if (typeof token === "function") Promise.resolve().then(token).then(then, failed);
    else then(token);
  }

  /** Goes on with a new token. Where none comes the server ends the connection in time, and the next one asks again. */
  #renew(): void {
    const renew = (token: string | undefined) => token && this.send(JSON.stringify({ type: "hello", token }));
    this.#askToken(this.#ifCurrent(renew), () => undefined);
  }

  #open(token: string | undefined): void {
    const { url, options } = this.#parts;
    const { WebSocket, codec } = options;
    if (WebSocket && !this.#streams) return this.#use(token, () => new WebSocket(url, protocolsOf(codec)));
    // Loaded by those who need it.
    import("./stream-socket.js").then(
      this.#ifCurrent(({ StreamSocket }) => this.#use(token, () => new StreamSocket(url))),
      this.#ifCurrent((cause) => this.#fail("connection_lost", cause)),
    );
  }

  #use(token: string | undefined, make: () => WebSocketLike): void {
    const { hello } = this.#parts;
    try {
      const socket = make();
      this.#socket = socket;
      socket.binaryType = "arraybuffer";
      socket.onopen = this.#ifCurrent(() => socket.send(JSON.stringify(hello(token))));
      socket.onmessage = this.#ifCurrent(({ data }) => this.#receive(data));
      socket.onclose = this.#ifCurrent(({ code, reason }) => this.#lost(code, reason));
      // An end always comes with `close`; ws throws an error that nobody listens to.
      socket.onerror = () => undefined;
    } catch (cause) {
      this.#fail("connection_lost", cause);
    }
  }

  /** What comes of a connection that is over comes too late. */
  #ifCurrent<Value>(then: (value: Value) => void): (value: Value) => void {
    const attempt = this.#attempt;
    return (value) => {
      if (attempt === this.#attempt) then(value);
    };
  }

  #fail(code: "ticket_failed" | "connection_lost", cause: unknown): void {
    this.#parts.report(code, { cause, temporary: true });
    this.#lost(abnormal, code);
  }

  #receive(data: unknown): void {
    this.#liveness.heard();
    if (!this.#held) return this.#guard(() => this.#read(data));
    if (this.#held.push(data) > maxHeld) this.#drop(4003, "insufficient state");
  }

  #read(data: unknown): void {
    const message = readMessage(data);
    if (message.type === "binary" && message.packed) this.#inflate(message, message.packed);
    else this.#take(message);
  }

  #inflate(message: BinaryMessage, packed: Uint8Array): void {
    const held: unknown[] = [];
    this.#held = held;
    const goOn = this.#ifCurrent((read: () => void) => {
      this.#held = undefined;
      this.#guard(read);
      // Where one of these is to be inflated as well, those behind it wait again.
      for (const data of held) if (this.#socket) this.#receive(data);
    });
    inflateJson(packed).then(
      (series) => goOn(() => this.#take(withDictionary(message, series))),
      (cause) =>
        goOn(() => {
          throw cause;
        }),
    );
  }

  #guard(read: () => void): void {
    try {
      read();
    } catch (cause) {
      this.#parts.report(cause instanceof MetricastClientError ? cause.code : "garbage", { cause });
      // A listener may have ended the connection meanwhile.
      if (this.#socket) this.#drop(4003, "insufficient state");
    }
  }

  /** Not even its type is known to be one: whoever reads a field trusts none, and what throws there is garbage. */
  #take(message: Message): void {
    if (message.type === "welcome") this.#welcome(message);
    else if (message.type === "bye") this.#bye = { ...message, code: Number(message.code) || abnormal };
    else if (this.#state.name === "live") this.#parts.onMessage(message);
    else if (message.type === "error") this.#parts.report(message.code, message);
  }

  #welcome(welcome: WelcomeMessage): void {
    this.#liveness.watch(clamp(welcome.heartbeatMs, 500, 120_000, 10_000) * 3);
    this.#renewBefore(welcome);
    // A server that knew us by the handshake welcomes twice: unasked, and in answer to `hello`. So it does who is renewed.
    if (this.#state.name === "live") return;
    this.#liveSinceMs = this.#parts.options.clock.monotonicMs();
    this.#patience = patience;
    const { session, instance } = welcome;
    this.#become({ name: "live", session, instance }, welcome);
  }

  /** A token that does not change renews nothing. */
  #renewBefore({ expiresMs = 0, serverTimeMs }: WelcomeMessage): void {
    const delayMs = Math.min((expiresMs - serverTimeMs) * renewedAt, maxRenewalMs);
    if (delayMs > minTimerMs && typeof this.#parts.options.token === "function") this.#alarm.set(delayMs);
  }

  #drop(code: number, reason: string): void {
    this.#socket?.close(code, reason);
    this.#lost(code, reason);
  }

  /** The connection is gone, whoever ended it. */
  #lost(socketCode: number, socketReason: string): void {
    // Without a code of the server's, what it said before counts.
    const hasCode = socketCode !== 1005 && socketCode !== abnormal;
    const { code, reason } = !hasCode && this.#bye ? this.#bye : { code: socketCode, reason: socketReason };
    if (!mayReconnect(code)) return this.#end({ name: "closed", code, reason });
    const { clock } = this.#parts.options;
    // Nobody welcomed us. Where WebSockets are blocked, streams may pass; what worked before is tried a few times more.
    const isBlocked = this.#liveSinceMs === Infinity && !this.#bye && this.#patience-- <= 0;
    if (isBlocked && this.#parts.options.transport === "auto") this.#streams = !this.#streams;
    if (clock.monotonicMs() - this.#liveSinceMs >= stableMs) this.#backoff.attempts = 0;
    const delayMs = clamp(this.#bye?.reconnectAfterMs, minTimerMs, 300_000, this.#backoff.nextMs());
    this.#end({ name: "waiting", retryAtMs: clock.dateMs() + delayMs, code, reason }, delayMs);
  }

  #end(state: ConnectionState, retryAfterMs?: number): void {
    const socket = this.#socket;
    this.#attempt++;
    this.#liveSinceMs = Infinity;
    this.#socket = undefined;
    this.#held = undefined;
    socket?.close(1000);
    this.#liveness.stop();
    this.#alarm.stop();
    if (retryAfterMs !== undefined) this.#alarm.set(retryAfterMs);
    this.#become(state);
  }

  #become(state: ConnectionState, welcome?: WelcomeMessage): void {
    this.#state = state;
    this.#parts.onState(state, welcome);
  }
}

function protocolsOf(codec: ResolvedOptions["codec"]): string[] {
  return codec === "binary" ? [binarySubprotocol, jsonSubprotocol] : [jsonSubprotocol];
}

/** What an inflated dictionary is, nobody knows: the reader of the message throws for what is none. */
function withDictionary(message: BinaryMessage, series: unknown): BinaryMessage {
  return { ...message, head: { ...message.head, series: Array.isArray(series) ? series : [] } };
}
