import type { Clock } from "../contracts/clock.js";
import type { Handshake } from "../contracts/connection.js";
import type { Identity } from "../contracts/identity.js";
import type { Report } from "../health/reporter.js";
import type { Stats } from "../health/stats.js";
import type { AdmissionDesk } from "../sessions/admission.js";
import type { AccessOptions } from "../sessions/admission-access.js";
import { bearerToken, carriedIdentity, queryToken, ticketCookie } from "../sessions/admission-credentials.js";
import { askIdentity, type IdentityAnswer } from "../sessions/admission-hook.js";
import type { Tickets } from "../sessions/ticket.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import { jsonResponse, refusal } from "./response.js";

export interface TicketRouteParts {
  readonly options: AccessOptions & { readonly ticketTtlMs: number; readonly hookTimeoutMs: number };
  readonly desk: Pick<AdmissionDesk, "access" | "originAllowed" | "isSecure">;
  readonly tickets: Tickets;
  readonly clock: Pick<Clock, "after">;
  readonly time: { nowMs(): number };
  readonly report: Report;
  readonly stats: Pick<Stats, "hookFailures">;
}

/** Who asks where the host's own login stands before the handler and `identify` is not set. */
export const visitor: Identity = { id: "visitor" };

/** Answers `{ ticket, expiresMs }`, and sets the same ticket as a cookie for transports that cannot send a `hello`. */
export async function ticketRoute(request: HttpRequest, parts: TicketRouteParts): Promise<HttpResponse> {
  if (parts.desk.access === "misconfigured") return refusal(503, "MC_AUTH_MISSING");
  // A foreign page could not read the answer, but it could ask for it with the visitor's cookies.
  if (!parts.desk.originAllowed(request)) return refusal(403, "forbidden");
  const identity = await identify(request, parts);
  if (identity === "unknown") return refusal(401, "unauthenticated");
  if (identity === "refused") return refusal(403, "forbidden");
  if (identity === "timeout") return refusal(503, "unavailable", { "Retry-After": "5" });
  return ticketResponse(identity, request, parts);
}

async function identify(request: HttpRequest, parts: TicketRouteParts): Promise<IdentityAnswer> {
  const { options } = parts;
  const { identify: hook, authenticate } = options;
  const hookParts = { ...parts, hookTimeoutMs: options.hookTimeoutMs };
  if (hook !== undefined) return askIdentity("identify", () => hook(request), hookParts);
  if (authenticate !== undefined) {
    const answer = await askIdentity("authenticate", () => authenticate(handshakeOf(request)), hookParts);
    // Not the visitor: whom `authenticate` does not know gets no ticket past it.
    return answer === "unknown" ? startTokenHolder(request, parts) : answer;
  }
  const carried = carriedIdentity(request, parts.tickets);
  if (carried !== undefined) return carried;
  const decided = parts.desk.access === "public" || parts.desk.access === "decided";
  return decided ? visitor : startTokenHolder(request, parts);
}

function handshakeOf(request: HttpRequest): Handshake {
  const { method, path, query, headers, remoteAddress, secure } = request;
  return { method, path, query, headers, remoteAddress, secure, protocols: [] };
}

function startTokenHolder(request: HttpRequest, { tickets }: TicketRouteParts): IdentityAnswer {
  for (const token of [bearerToken(request.headers), queryToken(request.query, "token")]) {
    if (token !== undefined && tickets.isStartToken(token)) return tickets.identityFor(token) ?? "unknown";
  }
  return "unknown";
}

function ticketResponse(identity: Identity, request: HttpRequest, parts: TicketRouteParts): HttpResponse {
  const { tickets, options, time, report } = parts;
  try {
    const ticket = tickets.mint(identity, options.ticketTtlMs);
    const expiresMs = Math.floor(time.nowMs() + options.ticketTtlMs);
    const cookie = ticketCookieText(ticket, options.ticketTtlMs, parts.desk.isSecure(request));
    return jsonResponse(200, { ticket, expiresMs }, { "Set-Cookie": cookie });
  } catch (cause) {
    report("error", "MC_HOOK_FAILED", { key: "ticket", hook: "identify", reason: "nonsense" }, cause);
    return refusal(403, "forbidden");
  }
}

/**
 * Without a Path: the browser then takes the folder of this very request, which is the base path as the browser sees
 * it, behind whatever prefix a proxy adds or strips.
 */
function ticketCookieText(ticket: string, ttlMs: number, secure: boolean): string {
  const maxAge = `Max-Age=${Math.ceil(ttlMs / 1_000)}`;
  const parts = [`${ticketCookie}=${ticket}`, "HttpOnly", "SameSite=Strict", maxAge];
  return [...parts, ...(secure ? ["Secure"] : [])].join("; ");
}
