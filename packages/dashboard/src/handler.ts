import { type NodeHandler, nodeHandler } from "@metricast/core";
import { dashboardPage, type PageOptions } from "./page.js";

export interface DashboardHandlerOptions extends PageOptions {
  /** Where the page is, for servers that do not cut a mount path off, as node:http and Fastify. Default `/metricast`. */
  readonly path?: string;
}

/**
 * Serves the page and its files, to whoever reaches it: mount it behind your own login, beside a metricast's `handler()`,
 * which gives it the ticket. For node:http, Express and Connect, and Fastify's `request.raw`. Throws
 * MC_DASHBOARD_NOT_BUILT, MC_OPTION_INVALID.
 */
export function dashboardHandler({
  path = "/metricast",
  ...page
}: DashboardHandlerOptions = {}): NodeHandler {
  return nodeHandler(dashboardPage(page), path);
}
