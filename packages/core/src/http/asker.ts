import type { Clock } from "../contracts/clock.js";
import type { Handshake } from "../contracts/connection.js";
import type { Identity } from "../contracts/identity.js";
import type { Report } from "../health/reporter.js";
import type { Stats } from "../health/stats.js";
import type { AdmissionDesk } from "../sessions/admission.js";
import type { AccessOptions } from "../sessions/admission-access.js";
import { bearerToken, carriedIdentity, queryToken } from "../sessions/admission-credentials.js";
import { askIdentity, type IdentityAnswer } from "../sessions/admission-hook.js";
import type { Tickets } from "../sessions/ticket.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import { refusal } from "./response.js";

export interface AskerParts {
  readonly options: AccessOptions & { readonly hookTimeoutMs: number };
  readonly desk: Pick<AdmissionDesk, "access">;
  readonly tickets: Tickets;
  readonly clock: Pick<Clock, "after">;
  readonly report: Report;
  readonly stats: Pick<Stats, "hookFailures">;
}

/** Who asks where the host's own login stands before the handler and `identify` is not set. */
const visitor: Identity = { id: "visitor" };

/** Who asks for a ticket, or for the page that will: one decision for both. A response: the refusal. Never rejects. */
export async function askerOf(request: HttpRequest, parts: AskerParts): Promise<Identity | HttpResponse> {
  if (parts.desk.access === "misconfigured") return refusal(503, "MC_AUTH_MISSING");
  const answer = await identify(request, parts);
  if (answer === "unknown") return refusal(401, "unauthenticated");
  if (answer === "refused") return refusal(403, "forbidden");
  return answer === "timeout" ? refusal(503, "unavailable", { "Retry-After": "5" }) : answer;
}

async function identify(request: HttpRequest, parts: AskerParts): Promise<IdentityAnswer> {
  const { options } = parts;
  const { identify: hook, authenticate } = options;
  const hookParts = { ...parts, hookTimeoutMs: options.hookTimeoutMs };
  if (hook !== undefined && !request.unguarded)
    return askIdentity("identify", () => hook(request), hookParts);
  if (authenticate !== undefined) {
    const answer = await askIdentity("authenticate", () => authenticate(handshakeOf(request)), hookParts);
    // Not the visitor: whom `authenticate` does not know gets no ticket past it.
    return answer === "unknown" ? startTokenHolder(request, parts) : answer;
  }
  const carried = carriedIdentity(request, parts.tickets);
  if (carried !== undefined) return carried;
  const { access } = parts.desk;
  const passed = access === "public" || (access === "decided" && !request.unguarded);
  return passed ? visitor : startTokenHolder(request, parts);
}

function handshakeOf(request: HttpRequest): Handshake {
  const { method, path, query, headers, remoteAddress, secure } = request;
  return { method, path, query, headers, remoteAddress, secure, protocols: [] };
}

function startTokenHolder(request: HttpRequest, { tickets }: AskerParts): IdentityAnswer {
  for (const token of [bearerToken(request.headers), queryToken(request.query, "token")]) {
    if (token !== undefined && tickets.isStartToken(token)) return tickets.identityFor(token) ?? "unknown";
  }
  return "unknown";
}
