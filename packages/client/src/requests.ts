import type { ClientMessage, ErrorMessage, ServerMessage } from "@metricast/protocol";
import { Alarm } from "./alarm.js";
import type { ClientClock } from "./clock.js";
import { MetricastClientError } from "./error.js";

export interface ReplyHandlers {
  reply(message: ServerMessage): void;
  /** `item`: the index of the item the server refused. */
  failed(error: MetricastClientError, item?: number): void;
}

type Build = (id: number) => ClientMessage;

interface Pending {
  readonly handlers: ReplyHandlers;
  /** Of what outlives its connection: it is sent again on the next. */
  readonly text: string | undefined;
  deadlineMs: number;
  /** Why there may be no answer. */
  excuse?: MetricastClientError;
}

export interface RequestsParts {
  readonly clock: ClientClock;
  readonly timeoutMs: number;
  /** Does nothing unless there is a connection. */
  readonly send: (text: string) => void;
}

/** Requests and their one reply each, by id. One timer for all. */
export class Requests {
  readonly #parts: RequestsParts;
  readonly #alarm: Alarm;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.clock, () => this.#expire());
  }

  /** Waits for the reply to a message of this connection that somebody else sends. */
  expect(handlers: ReplyHandlers): number {
    return this.#add(++this.#lastId, handlers);
  }

  /** Sends on this connection. */
  send(build: Build, handlers: ReplyHandlers): void {
    this.#parts.send(JSON.stringify(build(this.expect(handlers))));
  }

  /** Sends now or when there is a connection, and again after a reconnect. Throws for what JSON cannot carry. */
  ask(build: Build, handlers: ReplyHandlers): void {
    const text = JSON.stringify(build(++this.#lastId));
    this.#add(this.#lastId, handlers, text);
    this.#parts.send(text);
  }

  /** A connection is there: nothing of what is pending was sent on it. */
  up(): void {
    for (const { text } of this.#pending.values()) if (text !== undefined) this.#parts.send(text);
  }

  /** The connection is gone, and what belonged to it is forgotten without a word. */
  down(): void {
    for (const [id, { text }] of this.#pending) if (text === undefined) this.#pending.delete(id);
    this.#arm();
  }

  failAll(error: MetricastClientError): void {
    for (const id of this.#pending.keys()) this.#take(id)?.handlers.failed(error);
  }

  /** False where nobody waits for this reply. */
  settle(message: ServerMessage & { readonly id?: number }): boolean {
    const handlers = this.#take(message.id ?? -1)?.handlers;
    if (message.type === "error") handlers?.failed(errorOf(message), message.item);
    else handlers?.reply(message);
    return handlers !== undefined;
  }

  /** The server dropped a message without reading whose it was: what is not answered by then was it. */
  rateLimited(error: MetricastClientError): void {
    const deadlineMs = this.#nowMs() + (error.retryAfterMs ?? 1_000);
    for (const pending of this.#pending.values()) {
      pending.deadlineMs = Math.min(pending.deadlineMs, deadlineMs);
      pending.excuse = error;
    }
    this.#arm();
  }

  #add(id: number, handlers: ReplyHandlers, text?: string): number {
    this.#pending.set(id, { handlers, text, deadlineMs: this.#nowMs() + this.#parts.timeoutMs });
    this.#arm();
    return id;
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    this.#arm();
    return pending;
  }

  #arm(): void {
    this.#alarm.stop();
    if (this.#pending.size === 0) return;
    const deadlines = Array.from(this.#pending.values(), ({ deadlineMs }) => deadlineMs);
    this.#alarm.set(Math.max(1, Math.min(...deadlines) - this.#nowMs()));
  }

  #expire(): void {
    const nowMs = this.#nowMs();
    for (const [id, { deadlineMs, excuse }] of this.#pending) {
      if (deadlineMs > nowMs) continue;
      const error = excuse ?? new MetricastClientError("timeout", "no answer in time", { temporary: true });
      this.#take(id)?.handlers.failed(error);
    }
    this.#arm();
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}

export function errorOf(message: ErrorMessage): MetricastClientError {
  return new MetricastClientError(message.code, message.detail ?? "refused", message);
}
