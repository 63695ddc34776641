import type { HttpListener, HttpSink } from "@metricast/core";
import type { UwsResponse } from "./uws.js";

/**
 * uWS takes whatever is written, copies what does not go out, and says of each chunk only whether some of it waits. Once some
 * does, what follows is kept and counted here, and goes to uWS when that can send it.
 */
export class StreamSink implements HttpSink {
  #response: UwsResponse | undefined;
  #listener: HttpListener | undefined;
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;
  /** The size of the chunk that uWS holds some of. */
  #heldBytes = 0;

  constructor(response: UwsResponse) {
    this.#response = response;
    response.onWritable(() => this.#writable());
  }

  get bufferedBytes(): number {
    return this.#heldBytes + this.#keptBytes;
  }

  start(listener: HttpListener): void {
    this.#listener = listener;
  }

  write(bytes: Uint8Array): boolean {
    const response = this.#response;
    if (response === undefined) return false;
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
    if (this.#heldBytes === 0) response.cork(() => this.#writeKept(response));
    return true;
  }

  end(): void {
    const response = this.#response;
    response?.cork(() => {
      for (const bytes of this.#kept) response.write(bytes);
      response.end();
    });
    this.left();
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
    this.#kept.length = 0;
    this.#keptBytes = 0;
    this.#heldBytes = 0;
    void Promise.resolve().then(() => this.#listener?.closed());
  }

  /** Builds of before 2025 do not go on with what they hold by themselves where this is listened to; the end of a cork makes them. */
  #writable(): boolean {
    const response = this.#response;
    if (response === undefined) return true;
    this.#heldBytes = 0;
    response.cork(() => this.#writeKept(response));
    if (this.#heldBytes === 0) this.#listener?.drained();
    return true;
  }

  #writeKept(response: UwsResponse): void {
    while (this.#heldBytes === 0) {
      const bytes = this.#kept.shift();
      if (bytes === undefined) return;
      this.#keptBytes -= bytes.length;
      if (!response.write(bytes)) this.#heldBytes = bytes.length;
    }
  }
}
