import type { HttpListener, HttpSink } from "@metricast/core";
import type { UwsResponse } from "./uws.js";

/** uWS takes whatever is written, and says of each chunk only whether something waits: what does is counted here. */
export class StreamSink implements HttpSink {
  #response: UwsResponse | undefined;
  #listener: HttpListener | undefined;
  #waiting = 0;

  constructor(response: UwsResponse) {
    this.#response = response;
    response.onWritable(() => this.#writable());
  }

  get bufferedBytes(): number {
    return this.#waiting;
  }

  start(listener: HttpListener): void {
    this.#listener = listener;
  }

  write(bytes: Uint8Array): boolean {
    const response = this.#response;
    if (response === undefined) return false;
    let isOut = true;
    response.cork(() => {
      isOut = response.write(bytes);
    });
    this.#waiting = isOut ? 0 : this.#waiting + bytes.length;
    return true;
  }

  end(): void {
    const response = this.#response;
    this.left();
    response?.cork(() => response.end());
  }

  destroy(): void {
    const response = this.#response;
    this.left();
    response?.close();
  }

  /** Told in a turn of its own, as nothing of a sink calls the listener before it has returned. */
  left(): void {
    if (this.#response === undefined) return;
    this.#response = undefined;
    void Promise.resolve().then(() => this.#listener?.closed());
  }

  /** Everything is out; in builds of before 2025 only some of it, and the next write takes the rest along. */
  #writable(): boolean {
    this.#waiting = 0;
    this.#listener?.drained();
    return true;
  }
}
