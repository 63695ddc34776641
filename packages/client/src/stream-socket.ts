import type { ByeMessage, ErrorMessage, HelloMessage, ListMessage, QueryMessage } from "@metricast/protocol";
import type { WebSocketLike } from "./socket.js";

/** What the client sends to a server that it only reads from: each is an HTTP request, or a reason to begin anew. */
type Sent = HelloMessage | QueryMessage | ListMessage | { readonly type: "subscribe" | "update" | "ping" };

/** A welcome for who was refused what it asked for, and is to hear that as on a socket. */
const refusedWelcome = {
  type: "welcome",
  version: 1,
  session: "",
  instance: "",
  limits: {},
  heartbeatMs: 10_000,
};

/**
 * What a WebSocket is to the client, over Server-Sent Events and plain HTTP. A stream is read from its first byte to its
 * end: where other views are wanted, it ends, and the next one takes up all of them from where they are.
 */
export class StreamSocket implements WebSocketLike {
  binaryType = "";
  onopen: WebSocketLike["onopen"] = null;
  onmessage: WebSocketLike["onmessage"] = null;
  onclose: WebSocketLike["onclose"] = null;
  onerror: WebSocketLike["onerror"] = null;
  readonly #url: string;
  readonly #abort = new AbortController();
  #headers: Record<string, string> = {};
  /** Whether there is a stream: a further token, or other views, are for the next one. */
  #isAsked = false;

  constructor(url: string) {
    this.#url = url.replace(/^ws/, "http");
    void Promise.resolve().then(() => this.onopen?.(undefined));
  }

  send(data: string): void {
    const sent: Sent = JSON.parse(data);
    if (sent.type === "hello" && !this.#isAsked) this.#run(() => this.#stream(sent));
    else if (sent.type === "query")
      this.#run(() => this.#ask(sent, "query", "result", { items: sent.items }));
    else if (sent.type === "list") this.#run(() => this.#ask(sent, "catalogue", "series", { ...sent }));
    // Nobody is there to answer a ping: that nothing comes is the answer.
    else if (sent.type !== "ping") this.#end({ code: 1000, reason: "begun anew", reconnectAfterMs: 0 });
  }

  close(): void {
    this.#abort.abort();
  }

  /** What fails is the end of the connection. */
  #run(task: () => Promise<void>): void {
    task().catch(() => this.#end());
  }

  async #stream({ id, token, resume = [] }: HelloMessage): Promise<void> {
    this.#isAsked = true;
    if (token !== undefined) this.#headers = { Authorization: `Bearer ${token}` };
    const response = await this.#get("stream", { items: resume });
    if (!response.ok || !response.body) return this.#refused(response, id);
    // Of the one request of a stream the id is always 1.
    const start = '{"type":"subscribed","id":1,';
    const text = new TextDecoder();
    const reader = response.body.getReader();
    let rest = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (rest + text.decode(part.value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line.startsWith("data: "))
          this.#tell(line.slice(6).replace(start, start.replace("1", String(id))));
      }
    }
    this.#end();
  }

  async #ask({ id }: QueryMessage | ListMessage, path: string, type: string, wish: object): Promise<void> {
    const response = await this.#get(path, wish);
    const body: unknown = await response.json();
    const answer = response.ok ? { ...Object(body), type, id } : errorOf(response, body, id);
    this.#tell(JSON.stringify(answer));
  }

  async #refused(response: Response, id: number | undefined): Promise<void> {
    const body = await response.json();
    const error = errorOf(response, body, id);
    if (response.status === 401) return this.#end({ code: 4502, reason: "unauthenticated" });
    if (error.field === undefined) return this.#end({ ...error, code: 1013, reason: "try again later" });
    this.#tell(JSON.stringify(refusedWelcome));
    this.#tell(JSON.stringify(error));
  }

  #get(path: string, wish: object): Promise<Response> {
    const url = new URL(path, this.#url);
    for (const [name, value] of Object.entries(wish)) {
      if (value !== undefined) for (const one of listOf(name, value)) url.searchParams.append(name, one);
    }
    // Not only a stream: what is refused for now comes as a status.
    const headers = { ...this.#headers, Accept: "text/event-stream, application/json" };
    return fetch(url, { headers, signal: this.#abort.signal });
  }

  #tell(data: string): void {
    if (!this.#abort.signal.aborted) this.onmessage?.({ data });
  }

  #end(bye?: Omit<ByeMessage, "type">): void {
    if (bye) this.#tell(JSON.stringify({ ...bye, type: "bye" }));
    if (this.#abort.signal.aborted) return;
    this.close();
    // Whoever sends is not to be told before it is done.
    void Promise.resolve().then(() => this.onclose?.({ code: 1006, reason: "" }));
  }
}

/** Patterns are a parameter each; a list of items is one, as JSON. */
function listOf(name: string, value: unknown): readonly string[] {
  if (name === "select" && Array.isArray(value)) return value;
  return [typeof value === "object" ? JSON.stringify(value) : String(value)];
}

function errorOf({ status, headers }: Response, body: unknown, id: number | undefined) {
  const { name, ...at }: Partial<ErrorMessage> & { readonly name?: string } = Object(body);
  const seconds = Number(headers.get("retry-after"));
  const later = seconds > 0 ? { retryAfterMs: seconds * 1_000, reconnectAfterMs: seconds * 1_000 } : {};
  return {
    ...at,
    ...later,
    type: "error",
    id,
    code: name ?? "unavailable",
    temporary: seconds > 0 || status >= 500,
  };
}
