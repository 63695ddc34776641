import {
  type HttpAnswer,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  MetricastError,
} from "@metricast/core";
import { dashboardPage, type PageOptions } from "@metricast/dashboard";

export interface PageParts {
  /** The page and its files. */
  readonly page: HttpHandler;
  readonly refusal: (request: HttpRequest) => Promise<HttpResponse | undefined>;
}

/** The page; none where it is not wanted, or where it was not asked for and is missing, which `warn` is told. */
export function findPage(
  wanted: boolean | PageOptions | undefined,
  warn: (code: "MC_DASHBOARD_NOT_BUILT") => void,
  make: (options: PageOptions) => HttpHandler = dashboardPage,
): HttpHandler | undefined {
  if (wanted === false) return undefined;
  try {
    return make(typeof wanted === "object" ? wanted : {});
  } catch (error) {
    const isMissing = error instanceof MetricastError && error.code === "MC_DASHBOARD_NOT_BUILT";
    if (wanted !== undefined || !isMissing) throw error;
    warn(error.code);
    return undefined;
  }
}

/** Who would get no ticket is not shown the page either. */
export function guardedPage({ page, refusal }: PageParts): HttpHandler {
  const handle = async (request: HttpRequest): Promise<HttpResponse | undefined> => {
    const refused = request.path === "/" ? await refusal(request) : undefined;
    return refused === undefined ? page(request) : readable(refused);
  };
  return Object.assign(handle, { knows: (path: string) => page.knows(path) });
}

/** The routes of several handlers; of one path the first that knows it. */
export function together(handlers: readonly HttpHandler<HttpAnswer>[]): HttpHandler<HttpAnswer> {
  const find = (path: string) => handlers.find((handler) => handler.knows(path));
  const handle = async (request: HttpRequest) => find(request.path)?.(request);
  return Object.assign(handle, { knows: (path: string) => find(path) !== undefined });
}

/** Of a handler's routes only these: everything else below the path is the host's. */
export function only(
  knows: (path: string) => boolean,
  handler: HttpHandler<HttpAnswer>,
): HttpHandler<HttpAnswer> {
  const handle = (request: HttpRequest) => handler(request);
  return Object.assign(handle, { knows });
}

const explanations: ReadonlyMap<number, string> = new Map([
  [401, "Log in, or open the address that the service printed when it started: it holds a token."],
  [403, "This page is not for you."],
  [503, "Nobody can be let in now."],
]);

/** A person looks at this one. */
function readable({ status, headers, body }: HttpResponse): HttpResponse {
  const missing = String(body).includes("MC_AUTH_MISSING");
  const why = missing
    ? "MC_AUTH_MISSING: nobody is let in until the service decides who may watch: authenticate, secret or public."
    : explanations.get(status);
  const own = {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'",
  };
  return { status, headers: { ...headers, ...own }, body: `metricast: ${why}\n` };
}
