import { type ClientRequest, get, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import type { ServerMessage } from "@metricast/protocol";

/** One event, as EventSource gives it. */
export interface SseEvent {
  readonly data: string;
  /** The last id that came up to then. */
  readonly lastEventId: string;
}

/** Reads a stream of Server-Sent Events as a browser does, one that can stop reading. */
export class SsePeer {
  readonly response: IncomingMessage;
  readonly events: SseEvent[] = [];
  readonly comments: string[] = [];
  /** Everything that came, for who looks at the bytes. */
  text = "";
  lastEventId = "";
  retryMs: number | undefined;
  ended = false;
  readonly #request: ClientRequest;
  #rest = "";
  #id = "";
  #data: string[] = [];

  /** Resolves with the head of the answer, whatever its status. A list of headers, name and value in turn, is sent as it is. */
  static open(url: string, headers: OutgoingHttpHeaders | readonly string[] = {}): Promise<SsePeer> {
    return new Promise((resolve, reject) => {
      const asked = get(url, { headers, agent: false }, (response) => resolve(new SsePeer(asked, response)));
      asked.on("error", reject);
    });
  }

  private constructor(request: ClientRequest, response: IncomingMessage) {
    this.#request = request;
    this.response = response;
    response.setEncoding("utf8");
    response.on("data", (text: string) => this.#take(text));
    response.on("close", () => {
      this.ended = true;
    });
    // Who is cut, or cuts, sees an end and no more.
    response.on("error", () => {});
    request.on("error", () => {});
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  get messages(): readonly ServerMessage[] {
    return this.events.map(({ data }) => JSON.parse(data));
  }

  of<T extends ServerMessage["type"]>(type: T): Extract<ServerMessage, { type: T }>[] {
    return this.messages.filter(
      (message): message is Extract<ServerMessage, { type: T }> => message.type === type,
    );
  }

  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  /** Cuts the connection with an RST. */
  reset(): void {
    this.response.socket.resetAndDestroy();
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#request.destroy();
  }

  #take(text: string): void {
    this.text += text;
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "") this.comments.push(value);
    else if (field === "data") this.#data.push(value);
    else if (field === "id") this.#id = value;
    else if (field === "retry") this.retryMs = Number(value);
  }

  #dispatch(): void {
    this.lastEventId = this.#id;
    if (this.#data.length > 0) this.events.push({ data: this.#data.join("\n"), lastEventId: this.#id });
    this.#data = [];
  }
}
