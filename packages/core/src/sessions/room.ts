import type { EncodedFrame } from "../contracts/connection.js";

/** The frames one session gets in one write, and the bytes it may still take. */
export class Room {
  readonly frames: EncodedFrame[] = [];
  bytes = 0;
  #left = 0;

  /** A session with nothing in flight takes one frame of any size, or it would never get on. */
  open(leftBytes: number, nothingInFlight: boolean): void {
    this.frames.length = 0;
    this.bytes = 0;
    this.#left = nothingInFlight ? Infinity : leftBytes;
    this.#limit = leftBytes;
  }

  #limit = 0;

  has(bytes: number): boolean {
    return bytes <= this.#left;
  }

  put(frame: EncodedFrame): void {
    this.frames.push(frame);
    this.bytes += frame.bytes.length;
    this.#left = this.#limit - this.bytes;
  }
}
