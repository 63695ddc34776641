import type { Acceptor, HttpAnswer, HttpHandler } from "@metricast/core";
import { type UwsOptions, uwsBehavior } from "./behavior.js";
import { uwsHandler } from "./handler.js";
import type { UwsApp } from "./uws.js";

/** The parts of a metricast that an App serves. */
export interface UwsServed {
  readonly acceptor: Acceptor;
  readonly options: { readonly path: string };
  /** What may be answered where no login of the host's stands before it. */
  readonly openHttp?: HttpHandler<HttpAnswer> | undefined;
}

export interface UwsAttachOptions extends UwsOptions {
  /**
   * Whether the page is served with the sockets, as far as `attach` of an http server would do it. False where the host has
   * routes of its own at the path, as `uwsHandler` behind its login: some versions of uWS end the process over a second
   * handler of one pattern. Default true.
   */
  readonly page?: boolean;
}

/** Serves clients and the page of a metricast on an App or SSLApp of the host, at the metricast's own path. */
export function attachUws(
  app: UwsApp,
  cast: UwsServed,
  { page = true, ...options }: UwsAttachOptions = {},
): void {
  const { path } = cast.options;
  const base = path.endsWith("/") ? path.slice(0, -1) : path;
  const behavior = uwsBehavior(cast.acceptor, options);
  if (base !== "") app.ws(base, behavior);
  app.ws(`${base}/`, behavior);
  if (!page || cast.openHttp === undefined) return;
  const route = uwsHandler(cast.openHttp, { path, unguarded: true, ...options });
  if (base !== "") app.any(base, route);
  app.any(`${base}/*`, route);
}
