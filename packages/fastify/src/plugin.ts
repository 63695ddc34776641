import type { HttpRequest } from "@metricast/core";
import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { type Cast, metricast } from "metricast";
import type { FastifyMetricastOptions } from "./options.js";
import { routes } from "./routes.js";

declare module "fastify" {
  interface FastifyInstance {
    /** What the plugin was registered with: counters, gauges, events, health. */
    metricast: Cast;
  }
}

const register: FastifyPluginAsync<FastifyMetricastOptions> = async (app, given) => {
  const { prefix = "/metricast", logLevel, logSerializers, identify, drainMs = 0, ...options } = given;
  const requests = new WeakMap<HttpRequest, FastifyRequest>();
  const byRequest = (asked: HttpRequest) => {
    const request = requests.get(asked);
    return request === undefined || identify === undefined ? null : identify(request);
  };
  const cast = metricast({
    logger: app.log,
    ...options,
    ...(identify && { identify: byRequest }),
    path: `${app.prefix}${prefix}`,
  });
  // Before anything that may throw: an app that does not start is closed all the same. Once is enough for both hooks.
  app.addHook("preClose", () => cast.close({ drainMs }));
  app.addHook("onClose", () => cast.close());
  app.decorate("metricast", cast);
  cast.attach(app.server, { page: false });
  await app.register(
    routes({ http: cast.http, onRequest: (asked, request) => requests.set(asked, request) }),
    { prefix, ...(logLevel && { logLevel }), ...(logSerializers && { logSerializers }) },
  );
};

/**
 * Live metrics in a Fastify app: clients connect to the app's own server, the page is a route of it, and closing the app ends
 * both. Throws what `metricast()` throws.
 */
export const fastifyMetricast = fastifyPlugin(register, { name: "@metricast/fastify", fastify: "5.x" });
