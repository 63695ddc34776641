import type { ServerResponse } from "node:http";
import type { HttpSink, HttpStream } from "./message.js";

/** Answers with a stream; for frameworks over node:http that hand out the response beneath them. */
export function openStream(response: ServerResponse, { status, headers, open }: HttpStream): void {
  // A client that leaves is no error of anybody's.
  response.on("error", () => {});
  response.writeHead(status, headers);
  // A stream may have nothing to say for a while, and its client waits for the head.
  response.flushHeaders();
  const sink = new ResponseSink(response);
  const listener = open(sink);
  response.on("drain", () => listener.drained());
  response.once("close", () => {
    sink.isClosed = true;
    listener.closed();
  });
}

/** Whether nobody reads an answer any more, or has one already: then a stream is not opened but abandoned. */
export function isOver(response: ServerResponse): boolean {
  // On HTTP/2 a client takes back one request, and only its stream says so.
  const { destroyed = response.destroyed } = Object(Reflect.get(response, "stream"));
  return destroyed || response.headersSent || response.writableEnded;
}

class ResponseSink implements HttpSink {
  isClosed = false;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (this.isClosed || this.#response.writableEnded) return false;
    this.#response.write(bytes);
    flush(this.#response);
    // Node gathers what is written until the turn is over: too late for the last words of a process that crashes.
    if (!("stream" in this.#response)) this.#response.socket?.uncork();
    return true;
  }

  end(): void {
    if (!this.isClosed) this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }
}

/** Compressing middleware holds back what was written until it is told. */
function flush(response: ServerResponse): void {
  const own: unknown = Reflect.get(response, "flush");
  if (typeof own === "function") own.call(response);
}
