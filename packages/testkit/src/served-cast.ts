import type { Server } from "node:http";
import { HttpHost } from "./http-host.js";
import { WireClient, type WireClientOptions } from "./wire-client.js";

/** What is served: the parts of a metricast that this needs. */
export interface Servable {
  attach(server: Server): unknown;
  close(options?: { readonly drainMs?: number }): Promise<void>;
  readonly startToken: string;
  readonly options: { readonly path: string };
}

/** Where clients come in, whatever it is that listens on 127.0.0.1. */
export interface ClientHost {
  readonly port: number;
  ws(path: string): string;
  close(): Promise<void> | void;
}

/** A metricast on a server that listens on 127.0.0.1, and clients of it. */
export class ServedCast<C extends Servable, H extends ClientHost = HttpHost> {
  readonly cast: C;
  readonly host: H;
  readonly clients: WireClient[] = [];

  static async start<C extends Servable>(cast: C): Promise<ServedCast<C>> {
    const host = await HttpHost.start();
    cast.attach(host.server);
    return new ServedCast(cast, host);
  }

  /** On a host that serves it already. */
  constructor(cast: C, host: H) {
    this.cast = cast;
    this.host = host;
  }

  get url(): string {
    return this.host.ws(`${this.cast.options.path}/`);
  }

  /** A client that said `hello` with the start token. */
  async connect(options: WireClientOptions = {}): Promise<WireClient> {
    return this.open({ token: this.cast.startToken, ...options });
  }

  /** A client that says what it is told to. */
  async open(options: WireClientOptions = {}): Promise<WireClient> {
    const client = await WireClient.open(this.url, options);
    this.clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const { peer } of this.clients.splice(0)) peer.destroy();
    await this.cast.close();
    await this.host.close();
  }
}
