import type { IncomingMessage } from "node:http";

/** Longest route pattern kept; what is longer is cut. */
const maxPatternLength = 200;

/**
 * The pattern of an Express route's `path`: a string as it is, a RegExp as `/source/flags`, several joined by `|`.
 * Undefined for anything else.
 */
export function routePath(path: unknown): string | undefined {
  if (typeof path === "string") return path;
  if (path instanceof RegExp) return String(path);
  if (!Array.isArray(path)) return undefined;
  const parts = path.map((part: unknown) => routePath(part));
  return parts.every((part) => part !== undefined) ? parts.join("|") : undefined;
}

/**
 * Follows Express through a request: each router sets `req.baseUrl` when it takes over and `req.route` when a route of
 * its own matches. Both have to be caught as they are set: after an error `baseUrl` is the outermost router's again, and
 * it holds the values of a mount path's parameters, not their names.
 */
export class RouteTrace {
  /** Routers entered, outermost first: their base URL and its pattern. */
  readonly #mounts: { readonly url: string; readonly pattern: string }[] = [];
  #baseUrl: unknown;
  #route: unknown;
  #pattern: string | undefined;

  /** The pattern of the route that matched last. */
  get pattern(): string | undefined {
    return this.#pattern?.slice(0, maxPatternLength);
  }

  watch(req: IncomingMessage): void {
    this.#baseUrl = Reflect.get(req, "baseUrl");
    this.#route = Reflect.get(req, "route");
    if (typeof this.#baseUrl === "string") this.#enter(this.#baseUrl, Reflect.get(req, "params"));
    Object.defineProperty(req, "baseUrl", {
      configurable: true,
      enumerable: true,
      get: () => this.#baseUrl,
      set: (url: unknown) => {
        this.#baseUrl = url;
        if (typeof url === "string") this.#enter(url, Reflect.get(req, "params"));
      },
    });
    Object.defineProperty(req, "route", {
      configurable: true,
      enumerable: true,
      get: () => this.#route,
      set: (route: unknown) => {
        this.#route = route;
        this.#match(route);
      },
    });
  }

  #enter(url: string, params: unknown): void {
    let outer = this.#mounts.at(-1);
    while (outer !== undefined && !(url === outer.url || url.startsWith(`${outer.url}/`))) {
      this.#mounts.pop();
      outer = this.#mounts.at(-1);
    }
    if (url === outer?.url) return;
    const added = url.slice(outer?.url.length ?? 0);
    this.#mounts.push({ url, pattern: (outer?.pattern ?? "") + mountPattern(added, params) });
  }

  #match(route: unknown): void {
    if (typeof route !== "object" || route === null) return;
    const path = routePath(Reflect.get(route, "path"));
    if (path === undefined) return;
    const base = this.#mounts.at(-1)?.pattern ?? "";
    this.#pattern = path === "/" && base !== "" ? base : base + path;
  }
}

/** A mounted router's part of the URL with the values of its parameters given their names back. */
function mountPattern(url: string, params: unknown): string {
  const segments = url.split("/").map((text) => ({ text: decode(text), name: "" }));
  for (const [name, value] of paramValues(params)) {
    const open = segments.filter((segment) => segment.name === "");
    const whole = open.findLast((segment) => segment.text === value);
    const segment = whole ?? open.findLast(({ text }) => text.includes(value));
    if (segment !== undefined) segment.name = `:${name}`;
  }
  return segments.map(({ text, name }) => name || text).join("/");
}

function paramValues(params: unknown): [name: string, value: string][] {
  if (typeof params !== "object" || params === null) return [];
  return Object.entries(params).flatMap(([name, value]: [string, unknown]) =>
    // A wildcard's value is the list of its segments.
    (Array.isArray(value) ? value : [value]).flatMap((one: unknown): [string, string][] =>
      typeof one === "string" && one !== "" ? [[name, one]] : [],
    ),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
