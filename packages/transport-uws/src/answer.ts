import { STATUS_CODES } from "node:http";
import type { HttpAnswer, HttpResponse, HttpStream } from "@metricast/core";
import { StreamSink } from "./stream-sink.js";
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

  get isOver(): boolean {
    return this.#isOver;
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
