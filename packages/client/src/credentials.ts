import { MetricastClientError } from "./error.js";
import type { ResolvedOptions } from "./options.js";

/** The token for the next connection: given, fetched, or of the address. */
export function readToken(
  { token, ticketUrl }: Pick<ResolvedOptions, "token" | "ticketUrl">,
  addressToken: string | undefined,
): string | undefined | Promise<string | undefined> {
  if (typeof token === "function") return token();
  return token === undefined && ticketUrl !== undefined ? fetchTicket(ticketUrl) : (token ?? addressToken);
}

async function fetchTicket(url: string): Promise<string> {
  const response = await fetch(url, { credentials: "same-origin" });
  const { status } = response;
  // Whoever is not let to the ticket will not be by trying again.
  const code = status === 401 || status === 403 ? "unauthenticated" : "ticket_failed";
  if (!response.ok) throw new MetricastClientError(code, `status ${status}`);
  const answer: unknown = await response.json();
  return String(Reflect.get(Object(answer), "ticket"));
}
