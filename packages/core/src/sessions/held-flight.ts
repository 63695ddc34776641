import type { Connection } from "../contracts/connection.js";
import type { Flight } from "./flight.js";

const noPayload = new Uint8Array();

/**
 * Of a transport that nothing comes back by. What the process holds is all that is known to be in flight: the kernel takes
 * up to some megabytes for a reader that has stopped before any of it shows here.
 */
export class HeldFlight implements Pick<Flight, keyof Flight> {
  readonly unpingedBytes = 0;
  readonly #connection: Pick<Connection, "bufferedBytes">;
  #sent = 0;
  #taken = 0;

  constructor(connection: Pick<Connection, "bufferedBytes">) {
    this.#connection = connection;
  }

  get bytes(): number {
    return this.#connection.bufferedBytes;
  }

  /** What is held will be told of, as a pong would: by `drained`. */
  get isPinging(): boolean {
    return this.bytes > 0;
  }

  get laneBytes(): number {
    return this.bytes;
  }

  /** Whether nothing is held, or some of it went out since this was asked last. */
  hasMoved(): boolean {
    const taken = this.#sent - this.bytes;
    const moved = this.bytes === 0 || taken > this.#taken;
    this.#taken = taken;
    return moved;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  ownPayload(): Uint8Array {
    return noPayload;
  }

  pinged(): void {}

  pong(): boolean {
    return false;
  }
}
