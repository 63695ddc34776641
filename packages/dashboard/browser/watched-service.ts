import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { until } from "@metricast/testkit";
import { type Cast, type CastOptions, metricast } from "metricast";

export interface WatchedOptions extends CastOptions {
  /** Whether it has a metric of its own, `a_ticks`, that counts its ticks. Default true. */
  readonly countsTicks?: boolean;
}

/** A service that people watch, on a port that it keeps over restarts. */
export class WatchedService {
  readonly #options: WatchedOptions;
  readonly #listener: RequestListener;
  #cast: Cast | undefined;
  #server: Server | undefined;
  #port = 0;
  #ticks = 0;

  private constructor(options: WatchedOptions, listener: RequestListener) {
    this.#options = options;
    this.#listener = listener;
  }

  static async start(
    options: WatchedOptions = {},
    listener: RequestListener = notFound,
  ): Promise<WatchedService> {
    const service = new WatchedService(
      { intervalMs: 200, shed: false, maxSeries: 50_000, ...options },
      listener,
    );
    await service.start();
    return service;
  }

  get cast(): Cast {
    if (this.#cast === undefined) throw new Error("the service is down");
    return this.#cast;
  }

  get port(): number {
    return this.#port;
  }

  /** Ticks sampled since it was first started. */
  get ticks(): number {
    return this.#ticks;
  }

  /** Where the page is, the start token included. */
  get url(): string {
    return String(this.cast.url).replace("localhost", "127.0.0.1");
  }

  /** Ticks that were not sampled, as the service itself has them: a busy machine misses some. */
  missedTicks({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): number {
    // A chart also draws the end of a gap that begins outside of what it shows.
    const [from, to] = [fromMs - edgeMs, toMs + edgeMs];
    const { gaps } = this.cast.query({ from, to, points: 2_000 });
    return gaps.reduce((sum, gap) => sum + gap.toTick - gap.fromTick, 0);
  }

  /** Resolves when so many ticks were sampled since it was first started. */
  async untilTicks(count: number): Promise<void> {
    await until(
      () => this.#ticks >= count,
      30_000,
      () => `${count} ticks, not ${this.#ticks}`,
    );
  }

  async start(): Promise<void> {
    const counting = () => ({ a_ticks: ++this.#ticks });
    const { countsTicks = true, sources = [], ...options } = this.#options;
    const cast = metricast({ ...options, sources: countsTicks ? [...sources, counting] : sources });
    const server = createServer(this.#listener);
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    // A TCP server's address is never a string.
    this.#port = (server.address() as AddressInfo).port;
    cast.attach(server);
    this.#cast = cast;
    this.#server = server;
  }

  /** As a process that dies: sockets just end, nobody is told. */
  async stop(): Promise<void> {
    const [cast, server] = [this.#cast, this.#server];
    this.#cast = this.#server = undefined;
    server?.closeAllConnections();
    server?.close();
    await cast?.close();
  }
}

const edgeMs = 1_000;

const notFound: RequestListener = (_, response) => void response.writeHead(404).end();
