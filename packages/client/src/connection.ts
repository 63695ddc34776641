import {
  type ByeMessage,
  type HelloMessage,
  jsonSubprotocol,
  mayReconnect,
  type ServerMessage,
  type WelcomeMessage,
} from "@metricast/protocol";
import { Alarm } from "./alarm.js";
import { Backoff } from "./backoff.js";
import type { ClientClock } from "./clock.js";
import { MetricastClientError } from "./error.js";
import type { Report } from "./faults.js";
import { Liveness } from "./liveness.js";
import type { ResolvedOptions } from "./options.js";
import { clamp, parseMessage } from "./parse-message.js";
import { errorOf } from "./requests.js";
import { Socket } from "./socket.js";

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
  readonly readToken: () => string | undefined | Promise<string | undefined>;
  readonly hello: (token: string | undefined) => HelloMessage;
  readonly onState: (state: ConnectionState) => void;
  readonly onLive: (welcome: WelcomeMessage) => void;
  readonly onDown: () => void;
  /** Everything that comes while live. */
  readonly onMessage: (message: ServerMessage) => void;
  readonly report: Report;
}

/** A connection that lasted so long begins its delays anew. */
const stableMs = 10_000;
const minHintMs = 100;
const maxHintMs = 300_000;
const silenceHeartbeats = 3;
const abnormal = 1006;

/** Keeps one connection up: opens it, greets, notices its end, waits, opens the next. */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #clock: ClientClock;
  readonly #backoff: Backoff;
  readonly #liveness: Liveness;
  readonly #retry: Alarm;
  #state: ConnectionState = { name: "connecting", attempt: 0 };
  #socket: Socket | undefined;
  #bye: ByeMessage | undefined;
  #attempt = 0;
  #liveSinceMs = Infinity;
  /** Whether the server named the delay: then waking up does not cut it short. */
  #isHinted = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    const { clock, random, minDelayMs, maxDelayMs } = parts.options;
    this.#clock = clock;
    this.#backoff = new Backoff(minDelayMs, maxDelayMs, random);
    this.#retry = new Alarm(clock, () => this.#connect());
    this.#liveness = new Liveness(clock, {
      probe: () => this.send('{"type":"ping","id":0}'),
      dead: () => this.#drop(4001, "no pong"),
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  start(): void {
    this.#retry.set();
  }

  /** False unless live. */
  send(text: string): boolean {
    return this.#state.name === "live" && this.#socket?.send(text) === true;
  }

  /** The network or the page came back. */
  wake(): void {
    if (this.#state.name === "live") this.#liveness.wake();
    else if (this.#state.name === "waiting" && !this.#isHinted) this.#retry.set();
  }

  close(): void {
    if (this.#state.name !== "closed") this.#end({ name: "closed", code: 1000, reason: "closed" });
  }

  /** What comes makes no sense with what is held: begins anew from the last good positions. */
  distrust(): void {
    // A listener may have ended the connection meanwhile.
    if (this.#socket) this.#drop(4003, "insufficient state");
  }

  #connect(): void {
    const attempt = ++this.#attempt;
    this.#bye = undefined;
    this.#liveness.watch(this.#parts.options.connectTimeoutMs);
    this.#become({ name: "connecting", attempt: this.#backoff.attempts });
    if (attempt === this.#attempt) this.#authenticate(attempt);
  }

  #authenticate(attempt: number): void {
    const isCurrent = () => attempt === this.#attempt;
    const refused = (cause: unknown) => {
      if (isCurrent()) this.#withoutToken(cause);
    };
    try {
      const token = this.#parts.readToken();
      if (typeof token !== "object") return this.#open(token);
      token.then((text) => {
        if (isCurrent()) this.#open(text);
      }, refused);
    } catch (cause) {
      refused(cause);
    }
  }

  #withoutToken(cause: unknown): void {
    this.#parts.report("ticket_failed", "no token", { cause, temporary: true });
    const isDenied = cause instanceof MetricastClientError && cause.code === "unauthenticated";
    this.#drop(isDenied ? 4502 : abnormal, "no token");
  }

  #open(token: string | undefined): void {
    const { url, options, hello, report } = this.#parts;
    try {
      const socket = new Socket(options.WebSocket, url, jsonSubprotocol, {
        open: () => socket.send(JSON.stringify(hello(token))),
        message: (data) => this.#receive(data),
        close: (code, reason) => this.#lost(code, reason),
      });
      this.#socket = socket;
    } catch (cause) {
      report("connection_lost", "no WebSocket", { cause, temporary: true });
      this.#lost(abnormal, "not opened");
    }
  }

  #receive(data: unknown): void {
    this.#liveness.heard();
    try {
      this.#take(parseMessage(data));
    } catch (cause) {
      this.#parts.report("garbage", "malformed message", { cause });
      this.distrust();
    }
  }

  #take(message: ServerMessage): void {
    if (message.type === "welcome") this.#welcome(message);
    else if (message.type === "bye") this.#bye = { ...message, code: Number(message.code) || abnormal };
    else if (this.#state.name === "live") this.#parts.onMessage(message);
    else if (message.type === "error") {
      const { code, message: text } = errorOf(message);
      this.#parts.report(code, text);
    }
  }

  #welcome(welcome: WelcomeMessage): void {
    const heartbeatMs = clamp(welcome.heartbeatMs, 500, 120_000, 10_000);
    this.#liveness.watch(heartbeatMs * silenceHeartbeats);
    // A server that knew us by the handshake welcomes twice: unasked, and in answer to `hello`.
    if (this.#state.name === "live") return;
    this.#liveSinceMs = this.#clock.monotonicMs();
    const attempt = this.#attempt;
    this.#become({ name: "live", session: String(welcome.session), instance: String(welcome.instance) });
    if (attempt === this.#attempt) this.#parts.onLive(welcome);
  }

  #drop(code: number, reason: string): void {
    this.#socket?.drop(code, reason);
    this.#lost(code, reason);
  }

  /** The connection is gone, whoever ended it. */
  #lost(socketCode: number, socketReason: string): void {
    // 1005 and 1006 are no codes of the server's: what it said before counts.
    const hasCode = socketCode !== 1005 && socketCode !== abnormal;
    const { code, reason } = !hasCode && this.#bye ? this.#bye : { code: socketCode, reason: socketReason };
    if (!mayReconnect(code)) return this.#end({ name: "closed", code, reason });
    if (this.#clock.monotonicMs() - this.#liveSinceMs >= stableMs) this.#backoff.reset();
    const delayMs = this.#delay();
    this.#end({ name: "waiting", retryAtMs: this.#clock.dateMs() + delayMs, code, reason }, delayMs);
  }

  #delay(): number {
    const hintMs = this.#bye?.reconnectAfterMs;
    this.#isHinted = hintMs !== undefined;
    const jitteredMs = this.#backoff.nextMs();
    return this.#isHinted ? clamp(hintMs, minHintMs, maxHintMs, jitteredMs) : jitteredMs;
  }

  #end(state: ConnectionState, retryAfterMs?: number): void {
    this.#attempt++;
    this.#liveSinceMs = Infinity;
    this.#socket?.drop(1000, "closed");
    this.#socket = undefined;
    this.#liveness.stop();
    this.#retry.stop();
    if (retryAfterMs !== undefined) this.#retry.set(retryAfterMs);
    // Whoever hears of the new state finds nothing of the old connection.
    this.#state = state;
    this.#parts.onDown();
    this.#parts.onState(state);
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#parts.onState(state);
  }
}
