import type { Cancel, Clock, Random } from "@metricast/core";
import type { Client } from "./clients.js";

export interface LinkParts {
  readonly make: () => Client;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  /** How long a connection may take to be ready. */
  readonly connectTimeoutMs: number;
  readonly onUp: (client: Client) => void;
  /** The connection could not be made, or is gone; another is tried. */
  readonly onDown: (cause: unknown) => void;
}

const firstDelayMs = 50;
const longestDelayMs = 1_000;
/** What somebody may say who has yet to show that it is a Redis: memory is not to be had by answering. */
const mostUntrustedBytes = 65_536;
/** A connection that lasts so long was a good one: the next attempt is quick again. */
const steadyMs = 5_000;

/**
 * One connection, replaced whole whenever anything is wrong with it. Reconnecting inside a client can wedge for good on a
 * path that takes connections and never answers; a new client cannot.
 */
export class Link {
  readonly #parts: LinkParts;
  #client: Client | undefined;
  #isUp = false;
  #upSinceMs = 0;
  /** Whose answers may be of any length. */
  #trusted: Client | undefined;
  #attempts = 0;
  #stopped = false;
  #timer: Cancel = () => {};

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  /** The client, where it is ready for commands. */
  get client(): Client | undefined {
    return this.#isUp ? this.#client : undefined;
  }

  start(): void {
    this.#open();
  }

  /** What a client was answered shows that it is connected to a Redis. */
  trust(client: Client): void {
    this.#trusted = client;
  }

  /** Something is wrong with the connection: it is replaced. Of a client that was replaced already it is old news. */
  fail(cause: unknown, client = this.#client): void {
    if (client !== this.#client || client === undefined) return;
    if (this.#isUp && this.#parts.clock.monotonicMs() - this.#upSinceMs > steadyMs) this.#attempts = 0;
    this.#drop();
    this.#retry(cause);
  }

  stop(): void {
    this.#stopped = true;
    this.#drop();
  }

  #open(): void {
    if (this.#stopped) return;
    const { make, clock, connectTimeoutMs } = this.#parts;
    let client: Client;
    try {
      client = make();
    } catch (cause) {
      return this.#retry(cause);
    }
    this.#client = client;
    let cause: unknown = new Error("the connection was closed");
    client.on("error", (error) => {
      cause = error;
      // A refused login leaves the connection open: it would never be of use.
      if (client === this.#client && !this.#isUp) this.fail(error, client);
    });
    client.on("end", () => this.fail(cause, client));
    this.#timer = clock.after(connectTimeoutMs, () =>
      this.fail(new Error("connecting took too long"), client),
    );
    client.once("connect", () => this.#measure(client));
    client.connect().then(
      () => this.#up(client),
      (error) => this.fail(error, client),
    );
  }

  /** A cluster's client has many sockets, and asks its nodes for more than that before it is up. */
  #measure(client: Client): void {
    if (!("stream" in client)) return;
    const { stream } = client;
    let bytes = 0;
    const count = (chunk: Uint8Array) => {
      if (this.#trusted === client) return void stream.off("data", count);
      bytes += chunk.length;
      if (bytes <= mostUntrustedBytes) return;
      // What has come already would be read to its end otherwise.
      stream.destroy();
      this.fail(new Error("the answer is longer than any of Redis"), client);
    };
    stream.on("data", count);
  }

  #up(client: Client): void {
    if (client !== this.#client) return;
    this.#timer();
    this.#isUp = true;
    this.#upSinceMs = this.#parts.clock.monotonicMs();
    this.#parts.onUp(client);
  }

  #retry(cause: unknown): void {
    if (this.#stopped) return;
    this.#timer = this.#parts.clock.after(this.#delayMs(), () => this.#open());
    this.#parts.onDown(cause);
  }

  #drop(): void {
    this.#timer();
    this.#isUp = false;
    const client = this.#client;
    this.#client = undefined;
    client?.disconnect();
  }

  #delayMs(): number {
    const delay = Math.min(firstDelayMs * 2 ** this.#attempts, longestDelayMs);
    this.#attempts += 1;
    // Many instances lose the same server at the same moment.
    return delay * (0.5 + this.#parts.random.fraction() / 2);
  }
}
