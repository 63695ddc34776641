import { type HealthInputs, healthReport, liveness, readiness } from "../health/health.js";
import { askerOf } from "./asker.js";
import type { HttpAnswer, HttpRequest, HttpResponse } from "./message.js";
import { type MetricsRouteParts, metricsRoute } from "./metrics-route.js";
import { jsonResponse, refusal, withoutBody } from "./response.js";
import { type TicketRouteParts, ticketRoute } from "./ticket-route.js";

export type HandlerParts = TicketRouteParts & MetricsRouteParts & { readonly health: HealthInputs };

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
 * The routes of a metricast: `/health/live` and `/health/ready` for an orchestrator, who sees a status and nothing else;
 * `/health` and `/overview` with all details, for whom a ticket would be given to; `/metrics` for scrapers; `/ticket`.
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
    ["/health", { methods: readable, answer: (request) => overviewResponse(request, parts) }],
    ["/metrics", { methods: readable, answer: (request) => metricsRoute(request, parts) }],
    ["/overview", { methods: readable, answer: (request) => overviewResponse(request, parts) }],
    ["/ticket", { methods: ["GET", "POST"], answer: (request) => ticketRoute(request, parts) }],
  ]);
}

function readyResponse(health: HealthInputs): HttpResponse {
  const { ready, status } = readiness(health);
  return jsonResponse(ready ? 200 : 503, { status });
}

/** All details: to whom a ticket would be given, and to nobody else. */
async function overviewResponse(request: HttpRequest, parts: HandlerParts): Promise<HttpResponse> {
  const asker = await askerOf(request, parts);
  if ("status" in asker) return asker;
  const { health, authorize } = parts;
  // Alerts name series: they are for whom the channel of their events is for, and a scope sees no events.
  const scope = await authorize(asker, "alerts");
  const isShown = scope !== undefined && Object.keys(scope).length === 0;
  return jsonResponse(200, healthReport(isShown ? health : { ...health, alerts: () => [] }));
}
