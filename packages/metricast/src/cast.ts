import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Metricast, type MetricastOptions } from "@metricast/core";
import { eventLoopSource, gcSource, processSource } from "@metricast/sources";
import { memoryStore } from "@metricast/store-memory";
import { attachWs, type UpgradableServer, type WsUpgrades, wsUpgrades } from "@metricast/transport-ws";

export interface CastOptions extends MetricastOptions {
  /** Whether the process, its event loop and its garbage collection are watched. Default true. */
  readonly defaultSources?: boolean;
}

/** A metricast with everything wired: default sources, the memory store, WebSocket clients. It collects at once. */
export class Cast extends Metricast {
  readonly #detach: (() => void)[] = [];
  readonly #upgrades: WsUpgrades;
  #server: UpgradableServer | undefined;

  constructor({ defaultSources = true, ...options }: CastOptions = {}) {
    const sources = defaultSources ? [processSource(), eventLoopSource(), gcSource()] : [];
    super({ store: memoryStore(), ...options, sources: [...sources, ...(options.sources ?? [])] });
    this.#upgrades = wsUpgrades(this.acceptor, { path: this.options.path });
    // Never rejects: a store that cannot be opened is reported.
    void this.start();
  }

  /**
   * Serves clients on a server of the host, on its own path; the server is never closed. Throws MC_SERVER_REQUIRED for
   * anything but what `listen()` returns, MC_ALREADY_ATTACHED.
   */
  attach(server: UpgradableServer): this {
    this.#detach.push(attachWs(server, this.acceptor, { path: this.options.path }));
    this.#server ??= server;
    return this;
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
    const base = `${scheme}://localhost:${address.port}${this.options.path}/`;
    return this.health().access === "unset" ? `${base}?token=${this.startToken}` : base;
  }

  override async close(options?: Parameters<Metricast["close"]>[0]): Promise<void> {
    await super.close(options);
    for (const detach of this.#detach.splice(0)) detach();
  }
}

/** Makes a metricast with everything wired. Throws MC_OPTION_INVALID, MC_OPTION_UNKNOWN, MC_SOURCE_INVALID. */
export function metricast(options?: CastOptions): Cast {
  return new Cast(options);
}
