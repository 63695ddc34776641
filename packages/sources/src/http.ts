import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, MetricastError, type Sample, type Source, systemClock } from "@metricast/core";
import { DurationTable } from "./http-durations.js";
import { RouteTrace } from "./http-route.js";

export interface HttpTimingOptions {
  /** Upper bounds of the histogram in seconds, ascending, at most 64. Default 5 ms to 10 s. */
  readonly buckets?: readonly number[];
  /** Name of the source. Default `http`. */
  readonly name?: string;
  readonly clock?: Pick<Clock, "monotonicMs">;
}

/** A route's pattern (`/users/:id`), or undefined where none matched. Asked when the response is over. */
export type RouteOf = string | (() => string | undefined);

/** What a Fastify hook is given, as far as it is needed. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  readonly routeOptions?: { readonly url?: string | undefined };
}

export interface FastifyReplyLike {
  readonly raw: ServerResponse;
}

export interface FastifyLike {
  addHook(
    name: "onRequest",
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void,
  ): unknown;
}

/**
 * Times the requests of an HTTP server: `http_request_duration_seconds` by method, route pattern and status class, and
 * `http_requests_in_flight`. Nothing in it can break a request. Needs no `this`: its members may be passed on alone.
 */
export interface HttpTiming {
  readonly source: Source;
  /** For Express and Connect, before the routes: `app.use(timing.middleware)`. */
  readonly middleware: (req: IncomingMessage, res: ServerResponse, next: () => void) => void;
  /** For Fastify: `app.register(timing.plugin)`; it sees the routes outside of the plugin too. */
  readonly plugin: (app: FastifyLike, options: object, done: () => void) => void;
  /** The plugin's hook by itself: `app.addHook("onRequest", timing.onRequest)`. */
  readonly onRequest: (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void;
  /** For node:http, first thing in the request listener. Without a route the request counts as `unmatched`. */
  readonly observe: (req: IncomingMessage, res: ServerResponse, route?: RouteOf) => void;
}

const durationName = "http_request_duration_seconds";
const unmatched = "unmatched";
const defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const maxBuckets = 64;
const knownMethods: ReadonlySet<string> = new Set(
  "GET HEAD POST PUT PATCH DELETE OPTIONS CONNECT TRACE".split(" "),
);

/** Throws `MC_OPTION_INVALID` where `buckets` are not ascending finite numbers, one to 64 of them. */
export function httpTiming(options: HttpTimingOptions = {}): HttpTiming {
  const requests = new RequestWatch(bucketsOf(options), options.clock ?? systemClock);
  const observe: HttpTiming["observe"] = (req, res, route) => requests.watch(req, res, () => routeOf(route));
  const onRequest: HttpTiming["onRequest"] = (request, reply, done) => {
    requests.watch(request.raw, reply.raw, () => request.routeOptions?.url);
    done();
  };
  const plugin: HttpTiming["plugin"] = (app, _options, done) => {
    app.addHook("onRequest", onRequest);
    done();
  };
  return {
    source: { name: options.name ?? "http", read: () => requests.samples() },
    observe,
    onRequest,
    // Fastify's own mark of a plugin that is not to be encapsulated: its hooks are for all routes.
    plugin: Object.assign(plugin, { [Symbol.for("skip-override")]: true }),
    middleware: (req, res, next) => {
      requests.watchExpress(req, res);
      next();
    },
  };
}

class RequestWatch {
  readonly #durations: DurationTable;
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** Responses that are being timed: one that comes through twice is one. */
  readonly #watched = new WeakSet<ServerResponse>();
  #inFlight = 0;

  constructor(buckets: readonly number[], clock: Pick<Clock, "monotonicMs">) {
    this.#durations = new DurationTable(buckets);
    this.#clock = clock;
  }

  watch(req: IncomingMessage, res: ServerResponse, route: () => string | undefined): void {
    try {
      // After its end a response says nothing more.
      if (this.#watched.has(res) || res.writableFinished || res.destroyed) return;
      const { method } = req;
      const startMs = this.#clock.monotonicMs();
      // Comes once for every response: sent, aborted or failed.
      res.once("close", () => this.#end(method, res, startMs, route));
      this.#watched.add(res);
      this.#inFlight++;
    } catch {
      // A request that cannot be timed is served all the same.
    }
  }

  watchExpress(req: IncomingMessage, res: ServerResponse): void {
    if (this.#watched.has(res)) return;
    const trace = new RouteTrace();
    try {
      trace.watch(req);
    } catch {
      // A request whose properties are fixed counts as unmatched.
    }
    this.watch(req, res, () => trace.pattern);
  }

  samples(): Sample[] {
    const inFlight = {
      name: "http_requests_in_flight",
      value: this.#inFlight,
      help: "Requests being served.",
    };
    return [...this.#durations.samples(durationName, "Time from request to end of response."), inFlight];
  }

  #end(
    method: string | undefined,
    res: ServerResponse,
    startMs: number,
    route: () => string | undefined,
  ): void {
    this.#inFlight--;
    try {
      const labels = { method: methodLabel(method), route: pattern(route), status: statusLabel(res) };
      this.#durations.observe(labels, Math.max(0, this.#clock.monotonicMs() - startMs) / 1_000);
    } catch {
      // Nothing of ours is thrown into the response's listeners.
    }
  }
}

function pattern(route: () => string | undefined): string {
  try {
    const found: unknown = route();
    return typeof found === "string" && found !== "" ? found : unmatched;
  } catch {
    return unmatched;
  }
}

function routeOf(route: RouteOf | undefined): string | undefined {
  return typeof route === "function" ? route() : route;
}

function methodLabel(method: string | undefined): string {
  return method !== undefined && knownMethods.has(method) ? method : "other";
}

/** `2xx` and so on; `aborted` where the client left before it got an answer. */
function statusLabel(res: ServerResponse): string {
  if (!res.headersSent) return "aborted";
  const hundreds = Math.floor(res.statusCode / 100);
  return hundreds >= 1 && hundreds <= 5 ? `${hundreds}xx` : "other";
}

function bucketsOf({ buckets = defaultBuckets }: HttpTimingOptions): readonly number[] {
  const ascending = buckets.every(
    (bound, index) => Number.isFinite(bound) && bound > (buckets[index - 1] ?? 0),
  );
  if (buckets.length >= 1 && buckets.length <= maxBuckets && ascending) return [...buckets];
  throw new MetricastError("MC_OPTION_INVALID", "buckets must be 1 to 64 ascending seconds above 0", {
    buckets,
  });
}
