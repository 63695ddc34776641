import { inspect } from "node:util";
import { MetricastError } from "../errors.js";

/** Longer than any scheme with a full host name and port. */
const maxLength = 300;

/** An origin in its one spelling, `scheme://host[:port]` without a default port; undefined for anything else. */
export function parseOrigin(text: string): string | undefined {
  const mark = text.indexOf("://");
  if (mark < 1 || text.length > maxLength) return undefined;
  if (!isScheme(text.slice(0, mark)) || !isAuthority(text.slice(mark + 3))) return undefined;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.host === "") return undefined;
  // `url.origin` is "null" for schemes as vscode-webview: and capacitor:, which do send an Origin.
  return url.origin === "null" ? `${url.protocol}//${url.host}` : url.origin;
}

function isScheme(text: string): boolean {
  return [...text].every((char) => isLetterOrDigit(char) || char === "+" || char === "-" || char === ".");
}

function isLetterOrDigit(char: string): boolean {
  return (char >= "a" && char <= "z") || (char >= "A" && char <= "Z") || (char >= "0" && char <= "9");
}

/** URL() would forgive all of these: it drops tabs and line breaks, turns backslashes, and reads user names. */
const notInAuthority = new Set(["/", "\\", "@", "?", "#", ",", ";", "%", "*", "<", ">", '"', "'"]);

function isAuthority(text: string): boolean {
  return (
    text !== "" && [...text].every((char) => char > " " && char !== "\u007f" && !notInAuthority.has(char))
  );
}

/** Reads the option `origins`. Throws MC_OPTION_INVALID naming the value that is not scheme, host and port. */
export function parseOrigins(values: readonly string[]): ReadonlySet<string> {
  if (!Array.isArray(values)) throw invalid(values);
  return new Set(
    values.map((value: unknown) => {
      const origin = typeof value === "string" ? parseOrigin(value) : undefined;
      if (origin === undefined) throw invalid(value);
      return origin;
    }),
  );
}

function invalid(value: unknown): MetricastError {
  return new MetricastError(
    "MC_OPTION_INVALID",
    `origins: ${inspect(value, { depth: 1 })} must be scheme, host and port, as https://app.example.com`,
    { option: "origins", value },
  );
}

export interface OriginRequest {
  readonly headers: ReadonlyMap<string, string>;
  readonly secure: boolean;
}

/**
 * Whether the page that sent a request may: it is of the same origin, or listed. Without an Origin header it is no
 * browser, and credentials alone decide. `proxied`: the peer is a declared proxy, so what it forwards counts.
 */
export function originAllowed(
  request: OriginRequest,
  allowed: ReadonlySet<string>,
  proxied: boolean,
): boolean {
  const header = request.headers.get("origin");
  if (header === undefined) return true;
  // `null` and two headers joined by a comma are no origins.
  const origin = parseOrigin(header);
  if (origin === undefined) return false;
  return allowed.has(origin) || origin === ownOrigin(request, proxied);
}

/** What the origin of the service's own page is, as far as the request says it; undefined where that is none. */
export function ownOrigin(request: OriginRequest, proxied: boolean): string | undefined {
  const { headers } = request;
  const host = (proxied ? firstOf(headers.get("x-forwarded-host")) : undefined) ?? headers.get("host");
  if (host === undefined) return undefined;
  return parseOrigin(`${isSecure(request, proxied) ? "https" : "http"}://${host}`);
}

/** Whether the client speaks TLS, to us or to a declared proxy. */
export function isSecure(request: OriginRequest, proxied: boolean): boolean {
  const forwarded = proxied ? firstOf(request.headers.get("x-forwarded-proto"))?.toLowerCase() : undefined;
  if (forwarded === undefined) return request.secure;
  return forwarded === "https" || forwarded === "wss";
}

/** The client's side of a chain of proxies. No page can set these headers, so the order is no door. */
function firstOf(value: string | undefined): string | undefined {
  const first = value?.split(",", 1)[0]?.trim();
  return first === "" ? undefined : first;
}
