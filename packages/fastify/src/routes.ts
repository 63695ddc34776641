import {
  type HttpAnswer,
  type HttpHandler,
  type HttpRequest,
  httpRequest,
  isOver,
  openStream,
} from "@metricast/core";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifySchema {
    /** Keeps the route out of the host's OpenAPI document. */
    hide?: boolean;
  }
}

export interface RouteParts {
  /** Everything that is answered below the prefix. */
  readonly http: HttpHandler<HttpAnswer>;
  /** Told which of Fastify's requests it was that `http` is about to be asked. */
  readonly onRequest: (asked: HttpRequest, request: FastifyRequest) => void;
}

const route = { method: ["GET", "HEAD", "POST"], exposeHeadRoute: false, schema: { hide: true } };

/** The page, tickets, health and all the rest, as routes of Fastify: its hooks run before and after them. */
export function routes({ http, onRequest }: RouteParts): FastifyPluginAsync {
  return async (scope) => {
    takeNoBody(scope);
    const answer = async (request: FastifyRequest, reply: FastifyReply, path: string) => {
      const [address = "", query = ""] = splitOnce(request.url, "?");
      if (!http.knows(path)) return reply.callNotFound();
      if (path === "/" && !address.endsWith("/")) return send(reply, withSlash(address, query));
      const asked = { ...httpRequest(request.raw, path, query), raw: request };
      onRequest(asked, request);
      const given = await http(asked);
      return given === undefined ? reply.callNotFound() : send(reply, given);
    };
    scope.route({ ...route, url: "/", handler: (request, reply) => answer(request, reply, "/") });
    scope.route<{ Params: { "*": string } }>({
      ...route,
      url: "/*",
      handler: (request, reply) => answer(request, reply, `/${request.params["*"]}`),
    });
  };
}

/** Nothing here reads a body: whatever its type, it is no reason to refuse. */
function takeNoBody(scope: Parameters<FastifyPluginAsync>[0]): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
}

/** Without the slash the addresses in the page would lead past it. Relative: only the browser knows what stands before. */
function withSlash(address: string, query: string): HttpAnswer {
  const folder = `./${address.slice(address.lastIndexOf("/") + 1)}/`;
  const headers = { Location: query === "" ? folder : `${folder}?${query}`, "Cache-Control": "no-store" };
  return { status: 307, headers, body: "" };
}

function send(reply: FastifyReply, answer: HttpAnswer): FastifyReply {
  if (!("open" in answer)) return reply.code(answer.status).headers(answer.headers).send(answer.body);
  const isGone = reply.sent || isOver(reply.raw);
  reply.hijack();
  if (isGone) {
    answer.abandon();
    return reply;
  }
  // What the host's hooks have set, for another origin say, belongs to this answer too.
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  openStream(reply.raw, answer);
  return reply;
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
