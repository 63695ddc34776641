import type { Identity } from "../contracts/identity.js";
import type { AdmissionDesk } from "../sessions/admission.js";
import { ticketCookie } from "../sessions/admission-credentials.js";
import { type AskerParts, askerOf } from "./asker.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import { jsonResponse, refusal } from "./response.js";

export interface TicketRouteParts extends AskerParts {
  readonly options: AskerParts["options"] & { readonly ticketTtlMs: number };
  readonly desk: Pick<AdmissionDesk, "access" | "originAllowed" | "isSecure">;
  readonly time: { nowMs(): number };
}

/** A start token knows no logout that a ticket would have to follow, and whoever reloads the page has it no more. */
const startTicketTtlMs = 3_600_000;

/** Answers `{ ticket, expiresMs }`, and sets the same ticket as a cookie for transports that cannot send a `hello`. */
export async function ticketRoute(request: HttpRequest, parts: TicketRouteParts): Promise<HttpResponse> {
  // A foreign page could not read the answer, but it could ask for it with the visitor's cookies.
  if (!parts.desk.originAllowed(request)) return refusal(403, "forbidden");
  const asker = await askerOf(request, parts);
  return "status" in asker ? asker : ticketResponse(asker, request, parts);
}

function ticketResponse(identity: Identity, request: HttpRequest, parts: TicketRouteParts): HttpResponse {
  const { tickets, options, time, report } = parts;
  const ttlMs = parts.desk.access === "unset" ? startTicketTtlMs : options.ticketTtlMs;
  try {
    const ticket = tickets.mint(identity, ttlMs);
    const expiresMs = Math.floor(time.nowMs() + ttlMs);
    const cookie = ticketCookieText(ticket, ttlMs, parts.desk.isSecure(request));
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
