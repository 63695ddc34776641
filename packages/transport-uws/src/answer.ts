import { STATUS_CODES } from "node:http";
import type { HttpAnswer, HttpListener, HttpResponse, HttpSink, HttpStream } from "@metricast/core";
import type { UwsResponse } from "./uws.js";

/** A request that waits for its answer; the response is gone once it has one, or its client left. */
export class PendingAnswer {
  readonly #response: UwsResponse;
  #sink: StreamSink | undefined;
  #isOver = false;

  constructor(response: UwsResponse) {
    this.#response = response;
    response.onAborted(() => {
      this.#isOver = true;
      this.#sink?.left();
    });
  }

  give(answer: HttpAnswer): void {
    if (this.#isOver) {
      if ("open" in answer) answer.abandon();
      return;
    }
    this.#isOver = true;
    const response = this.#response;
    response.cork(() => {
      if ("open" in answer) this.#sink = openStream(response, answer);
      else writeResponse(response, answer);
    });
  }

  end(): void {
    if (!this.#isOver) this.#response.close();
  }
}

/** `closes`: the connection, too. */
export function writeResponse(
  response: UwsResponse,
  { status, headers, body }: HttpResponse,
  { closes = false }: { readonly closes?: boolean } = {},
): void {
  const length = headers["Content-Length"];
  writeHead(response, status, headers);
  if (body.length > 0 || length === undefined) {
    response.end(body, closes);
    return;
  }
  // HEAD. Given to `endWithoutBody`, uWS would wait for so many bytes.
  response.writeHeader("Content-Length", length);
  response.endWithoutBody();
}

/** Without the headers that uWS writes itself: a second one would be a fault. */
function writeHead(response: UwsResponse, status: number, headers: HttpResponse["headers"]): void {
  response.writeStatus(`${status} ${STATUS_CODES[status] ?? "Unknown"}`);
  for (const [name, value] of Object.entries(headers)) {
    if (!ownHeaders.has(name)) response.writeHeader(name, value);
  }
}

const ownHeaders: ReadonlySet<string> = new Set(["Content-Length", "Connection"]);

function openStream(response: UwsResponse, { status, headers, open }: HttpStream): StreamSink {
  writeHead(response, status, headers);
  const sink = new StreamSink(response);
  sink.start(open(sink));
  return sink;
}

/** uWS takes whatever is written, and says of each chunk only whether something waits: what does is counted here. */
class StreamSink implements HttpSink {
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
