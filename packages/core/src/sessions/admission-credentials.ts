import type { Identity } from "../contracts/identity.js";
import type { Tickets } from "./ticket.js";

/** Where a client may have put a ticket or token, in a handshake or a plain request. */

export const ticketCookie = "metricast_ticket";

interface Carrier {
  readonly headers: ReadonlyMap<string, string>;
  readonly query: string;
}

/** Cookies of one name may come from several paths; more than a few are an attempt to keep us busy. */
const maxCookies = 4;

function cookieTickets(headers: ReadonlyMap<string, string>): readonly string[] {
  const cookies = headers.get("cookie");
  if (cookies === undefined) return [];
  const found: string[] = [];
  // Several Cookie headers arrive joined by a comma, which no cookie's value may hold.
  for (const part of cookies.replaceAll(",", ";").split(";")) {
    const [name, value] = splitOnce(part, "=");
    if (name.trim() === ticketCookie && value !== "" && found.length < maxCookies) found.push(value.trim());
  }
  return found;
}

export function bearerToken(headers: ReadonlyMap<string, string>): string | undefined {
  const header = headers.get("authorization");
  if (header === undefined) return undefined;
  const [scheme, token] = splitOnce(header.trim(), " ");
  return scheme.toLowerCase() === "bearer" && token !== "" ? token.trim() : undefined;
}

/** For tools as curl: what stands in an address gets into logs and histories. */
export function queryToken(query: string, name: "ticket" | "token"): string | undefined {
  return query === "" ? undefined : (new URLSearchParams(query).get(name) ?? undefined);
}

/** By the cookie, which carries tickets only, then by `Authorization`, then by `?ticket=`. What is not ours is passed over. */
export function carriedIdentity({ headers, query }: Carrier, tickets: Tickets): Identity | undefined {
  for (const ticket of cookieTickets(headers)) {
    const identity = tickets.verify(ticket);
    if (identity !== undefined) return identity;
  }
  for (const token of [bearerToken(headers), queryToken(query, "ticket")]) {
    const identity = token === undefined ? undefined : tickets.identityFor(token);
    if (identity !== undefined) return identity;
  }
  return undefined;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}
