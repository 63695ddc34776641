import type { HttpAnswer, HttpHandler, HttpResponse } from "@metricast/core";
import { PendingAnswer } from "./answer.js";
import type { UwsOptions } from "./behavior.js";
import { type CopiedRequest, copyRequest } from "./request.js";
import type { UwsRoute } from "./uws.js";

export interface UwsHandlerOptions extends UwsOptions {
  /** The base path, as `/metricast`. */
  readonly path: string;
  /** True where no login of the host's stands before it. Default false. */
  readonly unguarded?: boolean;
}

/**
 * The HTTP side of a metricast as a route for `app.any(path, …)` and `app.any(path + "/*", …)`: the page, health, Prometheus
 * text, tickets, streams. Requests that it does not know are yielded, to the host's other routes.
 */
export function uwsHandler(
  handle: HttpHandler<HttpAnswer>,
  { path: basePath, secure = false, unguarded = false }: UwsHandlerOptions,
): UwsRoute {
  const base = basePath.endsWith("/") ? basePath.slice(0, -1) : basePath;
  return (response, request) => {
    const path = pathUnder(base, request.getUrl());
    if (path === undefined || !handle.knows(path)) {
      request.setYield(true);
      return;
    }
    const copied = copyRequest(response, request, secure);
    const pending = new PendingAnswer(response);
    if (path === "/" && !copied.path.endsWith("/")) return pending.give(withSlash(copied));
    handle({ ...copied, path, unguarded, isGone: () => pending.isOver })
      .then((answer) => (answer === undefined ? pending.end() : pending.give(answer)))
      .catch(() => pending.end());
  };
}

function pathUnder(base: string, address: string): string | undefined {
  if (address === base) return "/";
  return address.startsWith(`${base}/`) ? address.slice(base.length) : undefined;
}

/** Relative, as only the browser knows what stands before it. Without the slash the addresses in a page would lead past it. */
function withSlash({ path, query }: CopiedRequest): HttpResponse {
  const folder = `./${path.slice(path.lastIndexOf("/") + 1)}/`;
  const location = query === "" ? folder : `${folder}?${query}`;
  return { status: 307, headers: { Location: location, "Cache-Control": "no-store" }, body: "" };
}
