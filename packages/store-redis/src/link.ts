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
    client.connect().then(
      () => this.#up(client),
      (error) => this.fail(error, client),
    );
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
