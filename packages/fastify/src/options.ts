import type { Identity } from "@metricast/core";
import type { FastifyRequest, RegisterOptions } from "fastify";
import type { CastOptions } from "metricast";

export interface FastifyMetricastOptions
  extends Omit<CastOptions, "path" | "identify">,
    Omit<RegisterOptions, "prefix"> {
  /** Where clients connect and the page is, below the prefix of the instance it is registered with. Default `/metricast`. */
  readonly prefix?: string;
  /** Who asks for the page and its ticket, by Fastify's own request. The host's hooks have run by then. Default `visitor`. */
  readonly identify?: (request: FastifyRequest) => Identity | null | Promise<Identity | null>;
  /** Over how long clients are sent away when the app closes. Default 0, all at once. */
  readonly drainMs?: number;
}
