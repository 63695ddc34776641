import type { ClientMessage, ServerMessage } from "@metricast/protocol";
import type { Cancel, ClientClock } from "./clock.js";
import { MetricastClientError } from "./error.js";

export interface ReplyHandlers {
  reply(message: ServerMessage): void;
  /** `item`: the index of the item the server refused. */
  failed(error: MetricastClientError, item?: number): void;
}

type Unnumbered<Message> = Message extends unknown ? Omit<Message, "id"> : never;

/** A message to the server, but for its id. */
export type Request = Unnumbered<ClientMessage>;

interface Pending extends ReplyHandlers {
  /** Of what outlives its connection: it is sent again on the next. */
  readonly text: string | undefined;
  readonly cancel: Cancel;
}

export interface RequestsParts {
  readonly clock: ClientClock;
  readonly timeoutMs: number;
  /** Does nothing unless there is a connection. */
  readonly send: (text: string) => void;
}

/** Requests and their one reply each, by id. */
export class Requests {
  readonly #parts: RequestsParts;
  readonly #pending = new Map<unknown, Pending>();
  #lastId = 0;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  /** Waits for the reply to what is sent under this id. */
  expect({ reply, failed }: ReplyHandlers, id = ++this.#lastId, text?: string): number {
    const { clock, timeoutMs } = this.#parts;
    const expire = () => this.#take(id)?.failed(new MetricastClientError("timeout", { temporary: true }));
    this.#pending.set(id, { reply, failed, text, cancel: clock.after(timeoutMs, expire) });
    return id;
  }

  /** `isLasting`: sent now or when there is a connection, and again after a reconnect. Throws for what JSON cannot carry. */
  send(request: Request, handlers: ReplyHandlers, isLasting = false): void {
    const id = ++this.#lastId;
    const text = JSON.stringify({ ...request, id });
    this.expect(handlers, id, isLasting ? text : undefined);
    this.#parts.send(text);
  }

  /** A connection is there: nothing of what is pending was sent on it. */
  up(): void {
    for (const { text } of this.#pending.values()) if (text !== undefined) this.#parts.send(text);
  }

  /** The connection is gone, and what belonged to it is forgotten without a word. With an error all is over. */
  down(error?: MetricastClientError): void {
    for (const [id, { text }] of this.#pending) {
      if (text === undefined) this.#take(id);
      else if (error) this.#take(id)?.failed(error);
    }
  }

  /** False where nobody waits for this reply. */
  settle(message: ServerMessage & { readonly id?: number }): boolean {
    const pending = this.#take(message.id);
    if (message.type !== "error") pending?.reply(message);
    else pending?.failed(new MetricastClientError(message.code, message), message.item);
    return pending !== undefined;
  }

  #take(id: unknown): Pending | undefined {
    const pending = this.#pending.get(id);
    pending?.cancel();
    this.#pending.delete(id);
    return pending;
  }
}
