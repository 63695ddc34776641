import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import {
  type HttpHandler,
  Metricast,
  type MetricastOptions,
  type NodeHandler,
  nodeHandler,
} from "@metricast/core";
import type { PageOptions } from "@metricast/dashboard";
import { eventLoopSource, gcSource, processSource } from "@metricast/sources";
import { memoryStore } from "@metricast/store-memory";
import { attachWs, type UpgradableServer, type WsUpgrades, wsUpgrades } from "@metricast/transport-ws";
import { findPage, pageAlone, withPage } from "./page-routes.js";
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

/** A metricast with everything wired: default sources, the memory store, WebSocket clients. It collects at once. */
export class Cast extends Metricast {
  readonly #detach: (() => void)[] = [];
  readonly #upgrades: WsUpgrades;
  readonly #page: HttpHandler | undefined;
  #server: UpgradableServer | undefined;

  constructor({ defaultSources = true, dashboard, ...options }: CastOptions = {}) {
    const sources = defaultSources ? [processSource(), eventLoopSource(), gcSource()] : [];
    const startSecret = developmentSecret(options);
    super({
      store: memoryStore(),
      ...(startSecret && { startSecret }),
      ...options,
      sources: [...sources, ...(options.sources ?? [])],
    });
    this.#upgrades = wsUpgrades(this.acceptor, { path: this.options.path });
    this.#page = findPage(dashboard, (code) => this.warn(code));
    // Never rejects: a store that cannot be opened is reported.
    void this.start();
  }

  /**
   * Serves clients on a server of the host, on its own path; the server is never closed. The page is served there too, unless
   * who may see it is for the host's login to say: then it comes with `handler()`. Throws MC_SERVER_REQUIRED for anything
   * but what `listen()` returns, MC_ALREADY_ATTACHED.
   */
  attach(server: UpgradableServer): this {
    const { path } = this.options;
    const answers = this.#pageOnServer();
    this.#detach.push(attachWs(server, this.acceptor, { path, ...(answers && { answers }) }));
    this.#server ??= server;
    return this;
  }

  /** A handler for node:http, Express and Connect: the page, health, Prometheus text, tickets. Mount it behind your own login. */
  override handler(): NodeHandler {
    return nodeHandler(this.#routes(), this.options.path);
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

  #routes(): HttpHandler {
    const page = this.#page;
    return page
      ? withPage({ page, http: this.http, refusal: (request) => this.refusal(request) })
      : this.http;
  }

  /** Before the host's own handlers no login has been asked: only what a request itself proves counts there. */
  #pageOnServer() {
    const { authenticate } = this.options.given;
    const isForLogin = this.health().access === "decided" && authenticate === undefined;
    if (this.#page === undefined || isForLogin) return undefined;
    const answer = nodeHandler(pageAlone(this.#page, this.#routes()), this.options.path, { unguarded: true });
    return (request: IncomingMessage, response: ServerResponse) => answer(request, response, leaveAlone);
  }
}

function leaveAlone(): void {}

/** Makes a metricast with everything wired. Throws MC_OPTION_INVALID, MC_OPTION_UNKNOWN, MC_SOURCE_INVALID, MC_DASHBOARD_NOT_BUILT. */
export function metricast(options?: CastOptions): Cast {
  return new Cast(options);
}
