import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import {
  type HttpAnswer,
  type HttpHandler,
  Metricast,
  type MetricastOptions,
  type NodeHandler,
  nodeHandler,
} from "@metricast/core";
import type { PageOptions } from "@metricast/dashboard";
import { eventLoopSource, gcSource, processSource } from "@metricast/sources";
import { memoryStore } from "@metricast/store-memory";
import { sseRoutes } from "@metricast/transport-sse";
import { attachWs, type UpgradableServer, type WsUpgrades, wsUpgrades } from "@metricast/transport-ws";
import { findPage, guardedPage, only, together } from "./page-routes.js";
import { developmentSecret } from "./start-secret.js";

export interface CastOptions extends MetricastOptions {
  /** Whether the process, its event loop and its garbage collection are watched. Default true. */
  readonly defaultSources?: boolean;
  /**
   * Whether people can open a page at the address of the socket, and who may embed it. Where the page was not built, true
   * and an object throw MC_DASHBOARD_NOT_BUILT; by default that is a warning, and everything else is served. Default true.
   */
  readonly dashboard?: boolean | PageOptions;
}

/** A metricast with everything wired: default sources, the memory store, clients over WebSocket and HTTP. It collects at once. */
export class Cast extends Metricast {
  readonly #detach: (() => void)[] = [];
  readonly #upgrades: WsUpgrades;
  readonly #page: HttpHandler | undefined;
  readonly #stream: HttpHandler<HttpAnswer>;
  readonly #http: HttpHandler<HttpAnswer>;
  #server: UpgradableServer | undefined;

  constructor({ defaultSources = true, dashboard, ...options }: CastOptions = {}) {
    const defaults = defaultSources ? [processSource(), eventLoopSource(), gcSource()] : [];
    const { sources = [] } = options;
    const startSecret = developmentSecret(options);
    super({
      store: memoryStore(),
      ...(startSecret && { startSecret }),
      ...options,
      // What is no array is refused with its name, by core.
      sources: Array.isArray(sources) ? [...defaults, ...sources] : sources,
    });
    this.#upgrades = wsUpgrades(this.acceptor, { path: this.options.path });
    const page = findPage(dashboard, (code) => this.warn(code));
    this.#page = page;
    this.#stream = sseRoutes(this.acceptor);
    const guarded = page ? [guardedPage({ page, refusal: (request) => this.refusal(request) })] : [];
    this.#http = together([...guarded, this.#stream, super.http]);
    // Never rejects: a store that cannot be opened is reported.
    void this.start();
  }

  /**
   * Serves clients on a server of the host, on its own path; the server is never closed. Streams and history over HTTP are
   * served there too, and the page, unless who may see it is for the host's login to say: then it comes with `handler()`. With
   * `page: false` all of that is left to the host's own routes. Throws MC_SERVER_REQUIRED for anything but what `listen()` returns,
   * MC_ALREADY_ATTACHED, MC_CLOSED.
   */
  attach(server: UpgradableServer, { page = true }: { readonly page?: boolean } = {}): this {
    this.assertOpen();
    const { path } = this.options;
    const answers = page ? this.#answersOnServer() : undefined;
    this.#detach.push(attachWs(server, this.acceptor, { path, ...(answers && { answers }) }));
    this.#server ??= server;
    return this;
  }

  /** All routes, free of any framework: the page, the stream, history, health, metrics, tickets. */
  override get http(): HttpHandler<HttpAnswer> {
    return this.#http;
  }

  /** What of it may be answered where no login of the host's has been asked: there only what a request itself proves counts. */
  get openHttp(): HttpHandler<HttpAnswer> {
    const { authenticate, metricsToken } = this.options.given;
    const isForLogin = this.health().access === "decided" && authenticate === undefined;
    const page = isForLogin ? undefined : this.#page;
    const isOpen = (path: string) =>
      this.#stream.knows(path) ||
      (path === "/metrics" && metricsToken !== undefined) ||
      (page !== undefined && (page.knows(path) || pagePaths.has(path)));
    return only(isOpen, this.http);
  }

  /** A handler for node:http, Express and Connect, with all routes. Mount it behind your own login. */
  override handler(): NodeHandler {
    return nodeHandler(this.http, this.options.path);
  }

  /** For hosts that dispatch upgrades themselves: false, and nothing touched, where the request is not for metricast. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    return this.#upgrades.handleUpgrade(request, socket, head);
  }

  /** Where clients connect, with the start token where one is needed; undefined until the server listens. */
  get url(): string | undefined {
    const address = this.#server?.address();
    if (typeof address !== "object" || address === null) return undefined;
    const scheme = this.#server && "setSecureContext" in this.#server ? "https" : "http";
    const path = this.options.path === "/" ? "/" : `${this.options.path}/`;
    const base = `${scheme}://localhost:${address.port}${path}`;
    return this.health().access === "unset" ? `${base}?token=${this.startToken}` : base;
  }

  override async close(options?: Parameters<Metricast["close"]>[0]): Promise<void> {
    await super.close(options);
    for (const detach of this.#detach.splice(0)) detach();
  }

  #answersOnServer() {
    const answer = nodeHandler(this.openHttp, this.options.path, { unguarded: true });
    return (request: IncomingMessage, response: ServerResponse) => answer(request, response, leaveAlone);
  }
}

/** What the page asks for besides its files. */
const pagePaths: ReadonlySet<string> = new Set(["/ticket", "/overview"]);

function leaveAlone(): void {}

/** Makes a metricast with everything wired. Throws MC_OPTION_INVALID, MC_OPTION_UNKNOWN, MC_SOURCE_INVALID, MC_DASHBOARD_NOT_BUILT. */
export function metricast(options?: CastOptions): Cast {
  return new Cast(options);
}
