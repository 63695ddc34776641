import type { Acceptor, HttpAnswer, HttpHandler, HttpRequest, HttpResponse } from "@metricast/core";
import type { ServerMessage } from "@metricast/protocol";
import { csvText } from "./csv.js";
import { refusal, toldOnStream } from "./refusal.js";
import { askSession } from "./session.js";
import { streamHeaders } from "./stream-headers.js";
import { listFields, queryItems, subscribeItems } from "./wish.js";

type Route = (request: HttpRequest, acceptor: Acceptor) => Promise<HttpAnswer>;

/** Together longer than any address we answer. */
const maxAddressLength = 16_384;

const routes: ReadonlyMap<string, Route> = new Map([
  ["/stream", stream],
  ["/query", query],
  ["/catalogue", catalogue],
]);

/**
 * `/stream`: a subscription as Server-Sent Events; `/query`: history as JSON or CSV; `/catalogue`: what there is. Each
 * request is a session of the acceptor, so admission, permissions and limits are those of every other client.
 */
export function sseRoutes(acceptor: Acceptor): HttpHandler<HttpAnswer> {
  const handle = async (request: HttpRequest): Promise<HttpAnswer | undefined> => {
    const route = routes.get(request.path);
    if (route === undefined) return undefined;
    if (request.path.length + request.query.length > maxAddressLength)
      return refusal(414, { name: "too_large" });
    if (request.method !== "GET")
      return refusal(405, { name: "method_not_allowed" }, undefined, { Allow: "GET" });
    return route(request, acceptor);
  };
  return Object.assign(handle, { knows: (path: string) => routes.has(path) });
}

async function stream(request: HttpRequest, acceptor: Acceptor): Promise<HttpAnswer> {
  const wished = subscribeItems(new URLSearchParams(request.query), request.headers.get("last-event-id"));
  const answered = await askSession(acceptor, request, () => ({ type: "subscribe", items: wished }));
  if ("status" in answered) return toldOnStream(answered, request);
  const { connection } = answered;
  return {
    status: 200,
    headers: streamHeaders,
    open: (sink) => connection.open(sink),
    abandon: () => connection.leave(),
  };
}

async function query(request: HttpRequest, acceptor: Acceptor): Promise<HttpResponse> {
  const wished = new URLSearchParams(request.query);
  const ask = (nowMs: number) => ({ type: "query", items: queryItems(wished, nowMs) });
  const reply = await askOnce(request, acceptor, ask);
  if ("status" in reply) return reply;
  if (reply.type !== "result" || !wantsCsv(request, wished)) return jsonAnswer(reply);
  return answer("text/csv; charset=utf-8; header=present", csvText(reply.items));
}

async function catalogue(request: HttpRequest, acceptor: Acceptor): Promise<HttpResponse> {
  const wished = listFields(new URLSearchParams(request.query));
  const reply = await askOnce(request, acceptor, () => ({ type: "list", ...wished }));
  return "status" in reply ? reply : jsonAnswer(reply);
}

async function askOnce(
  request: HttpRequest,
  acceptor: Acceptor,
  ask: (nowMs: number) => object,
): Promise<HttpResponse | ServerMessage> {
  const answered = await askSession(acceptor, request, ask);
  if ("status" in answered) return answered;
  answered.connection.leave();
  return answered.reply;
}

/** What a client on a socket would have been answered, without what belongs to the socket. */
function jsonAnswer(reply: ServerMessage): HttpResponse {
  const { type: _type, id: _id, ...content } = { id: undefined, ...reply };
  return answer("application/json; charset=utf-8", JSON.stringify(content));
}

function answer(contentType: string, body: string): HttpResponse {
  const headers = {
    "Content-Type": contentType,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  };
  return { status: 200, headers, body };
}

function wantsCsv({ headers }: HttpRequest, query: URLSearchParams): boolean {
  return query.get("format") === "csv" || headers.get("accept")?.trim() === "text/csv";
}
