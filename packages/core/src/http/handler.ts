import type { Columns } from "../contracts/feed.js";
import { expositionContentType, expositionText } from "../health/exposition.js";
import { type HealthInputs, healthReport, liveness, readiness } from "../health/health.js";
import { askerOf } from "./asker.js";
import type { HttpAnswer, HttpRequest, HttpResponse } from "./message.js";
import { jsonResponse, refusal, textResponse, withoutBody } from "./response.js";
import { type TicketRouteParts, ticketRoute } from "./ticket-route.js";

export interface HandlerParts extends TicketRouteParts {
  readonly health: HealthInputs;
  /** The channels whose newest values `/metrics` shows. */
  readonly columns: () => Iterable<Columns>;
}

/** Answers a request under the base path; undefined where the path is not ours. Never rejects. */
export interface HttpHandler<Answer extends HttpAnswer = HttpResponse> {
  (request: HttpRequest): Promise<Answer | undefined>;
  /** Whether a path under the base path is answered, so that an adapter can pass on the others at once. */
  knows(path: string): boolean;
}

interface Route {
  readonly methods: readonly string[];
  answer(request: HttpRequest): HttpResponse | Promise<HttpResponse>;
}

/** Together longer than any address we answer. */
const maxAddressLength = 16_384;

/**
 * The routes of a metricast: `/health/live` and `/health/ready` for an orchestrator, `/health` with all details,
 * `/metrics` in Prometheus' text format; `/ticket` and `/overview` for the page. Details and metrics are shown to whoever
 * reaches them: the host mounts the handler behind its own login, or does not mount it.
 */
export function httpHandler(parts: HandlerParts): HttpHandler {
  const routes = routesOf(parts);
  const handler = async (request: HttpRequest): Promise<HttpResponse | undefined> => {
    const route = routes.get(request.path);
    if (route === undefined) return undefined;
    try {
      return await answerRoute(route, request);
    } catch (cause) {
      parts.report("error", "MC_INTERNAL", { key: "http", path: request.path }, cause);
      return refusal(500, "internal");
    }
  };
  return Object.assign(handler, { knows: (path: string) => routes.has(path) });
}

async function answerRoute(route: Route, request: HttpRequest): Promise<HttpResponse> {
  if (request.path.length + request.query.length > maxAddressLength) return refusal(414, "too_large");
  if (!route.methods.includes(request.method)) {
    return refusal(405, "method_not_allowed", { Allow: route.methods.join(", ") });
  }
  const response = await route.answer(request);
  return request.method === "HEAD" ? withoutBody(response) : response;
}

function routesOf(parts: HandlerParts): ReadonlyMap<string, Route> {
  const readable = ["GET", "HEAD"];
  return new Map<string, Route>([
    ["/health/live", { methods: readable, answer: () => jsonResponse(200, liveness()) }],
    ["/health/ready", { methods: readable, answer: () => readyResponse(parts.health) }],
    ["/health", { methods: readable, answer: () => jsonResponse(200, healthReport(parts.health)) }],
    ["/metrics", { methods: readable, answer: () => metricsResponse(parts) }],
    ["/overview", { methods: readable, answer: (request) => overviewResponse(request, parts) }],
    ["/ticket", { methods: ["GET", "POST"], answer: (request) => ticketRoute(request, parts) }],
  ]);
}

function readyResponse(health: HealthInputs): HttpResponse {
  const { ready, status } = readiness(health);
  return jsonResponse(ready ? 200 : 503, { status });
}

/** The health that the page shows: to whom it would give a ticket, and to nobody else. */
async function overviewResponse(request: HttpRequest, parts: HandlerParts): Promise<HttpResponse> {
  const asker = await askerOf(request, parts);
  return "status" in asker ? asker : jsonResponse(200, healthReport(parts.health));
}

function metricsResponse(parts: HandlerParts): HttpResponse {
  return textResponse(expositionText(parts.columns()), expositionContentType);
}
