import type { IncomingMessage, ServerResponse } from "node:http";
import { copyHeaders } from "./copy-headers.js";
import type { HttpHandler } from "./handler.js";
import type { HttpAnswer, HttpRequest, HttpResponse } from "./message.js";
import { isOver, openStream } from "./node-stream.js";
import { refusal } from "./response.js";

/**
 * For node:http, Express and Connect. True: the request is ours and is being answered. False: it is not; `next` was
 * called if there is one, else the host answers. Under the base path what nobody knows is answered 404.
 */
export type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => boolean;

/** Under `app.use("/path", …)` the framework has cut the path off already; elsewhere the base path is cut off here. */
export function nodeHandler(
  handle: HttpHandler<HttpAnswer>,
  basePath: string,
  { unguarded = false }: Pick<HttpRequest, "unguarded"> = {},
): NodeHandler {
  const base = basePath.endsWith("/") ? basePath.slice(0, -1) : basePath;
  return (request, response, next) => {
    const [address, query] = splitAddress(request.url ?? "");
    const path = pathUnder(base, address) ?? (isMounted(request) ? address : undefined);
    if (path !== undefined && handle.knows(path)) {
      const folder = path === "/" ? missingSlash(request) : undefined;
      if (folder === undefined) answer(handle, { ...httpRequest(request, path, query), unguarded }, response);
      else write(response, redirect(query === "" ? folder : `${folder}?${query}`));
      return true;
    }
    if (next !== undefined || path === undefined) {
      next?.();
      return false;
    }
    write(response, path === "/" ? upgradeRequired() : refusal(404, "not_found"));
    return true;
  };
}

function splitAddress(url: string): [string, string] {
  const mark = url.indexOf("?");
  return mark < 0 ? [url, ""] : [url.slice(0, mark), url.slice(mark + 1)];
}

function pathUnder(base: string, address: string): string | undefined {
  if (address === base) return "/";
  return address.startsWith(`${base}/`) ? address.slice(base.length) : undefined;
}

/** Express and Connect keep the whole address in `originalUrl` when they cut a mount path off `url`. */
function isMounted(request: IncomingMessage): boolean {
  return wholeUrl(request) !== request.url;
}

function wholeUrl(request: IncomingMessage): string {
  const original: unknown = Reflect.get(request, "originalUrl");
  return typeof original === "string" ? original : (request.url ?? "");
}

/**
 * Where the base path was asked for without its slash: the folder, relative, as only the browser knows what stands before
 * it. Without the slash the addresses in a page would lead past it.
 */
function missingSlash(request: IncomingMessage): string | undefined {
  const [address] = splitAddress(wholeUrl(request));
  return address.endsWith("/") ? undefined : `./${address.slice(address.lastIndexOf("/") + 1)}/`;
}

/** What a request of node:http says, its path under the base path given. */
export function httpRequest(request: IncomingMessage, path: string, query: string): HttpRequest {
  return {
    method: request.method ?? "GET",
    path,
    query,
    headers: copyHeaders(request.rawHeaders),
    remoteAddress: request.socket.remoteAddress ?? "",
    secure: Reflect.get(request.socket, "encrypted") === true,
    isGone: () => request.socket.destroyed,
    raw: request,
  };
}

function answer(handle: HttpHandler<HttpAnswer>, request: HttpRequest, response: ServerResponse): void {
  // A client that leaves while we answer is no error of anybody's.
  response.on("error", () => {});
  handle(request)
    .then((given) => write(response, given ?? refusal(404, "not_found")))
    .catch(() => response.destroy());
}

function write(response: ServerResponse, answer: HttpAnswer): void {
  const isStream = "open" in answer;
  // The host may have answered meanwhile, by a timeout of its own.
  if (isOver(response)) return isStream ? answer.abandon() : undefined;
  if (isStream) return openStream(response, answer);
  const { status, headers, body } = answer;
  response.writeHead(status, { "Content-Length": Buffer.byteLength(body), ...headers });
  response.end(body);
}

function redirect(location: string): HttpResponse {
  return { status: 307, headers: { Location: location, "Cache-Control": "no-store" }, body: "" };
}

/** A plain GET where WebSockets are opened. */
function upgradeRequired(): HttpResponse {
  return refusal(426, "upgrade_required", { Upgrade: "websocket", Connection: "Upgrade" });
}
