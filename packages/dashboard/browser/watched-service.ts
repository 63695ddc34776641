import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { until } from "@metricast/testkit";
import { type Cast, type CastOptions, metricast, type SourceFunction } from "metricast";

/** A service that people watch, on a port that it keeps over restarts. */
export class WatchedService {
  readonly #options: CastOptions;
  readonly #listener: RequestListener;
  #cast: Cast | undefined;
  #server: Server | undefined;
  #port = 0;
  #ticks = 0;

  private constructor(options: CastOptions, listener: RequestListener) {
    this.#options = options;
    this.#listener = listener;
  }

  static async start(
    options: CastOptions = {},
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
    const { gaps } = this.cast.query({ from: fromMs, to: toMs, points: 2_000 });
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
    const cast = metricast({ ...this.#options, sources: [...(this.#options.sources ?? []), counting] });
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

const notFound: RequestListener = (_, response) => void response.writeHead(404).end();

/** Ordinary metrics of a shop: counters, gauges and a histogram, with labels. */
export function shopSource(seed = 1): SourceFunction {
  let reads = 0;
  return () => {
    reads += 1;
    const wave = Math.sin(reads / 7 + seed) + 1.2;
    const routes = ["/", "/products/:id", "/basket", "/orders"];
    const shops = ["de", "fr", "it"];
    return [
      { name: "shop_visitors", value: Math.round(wave * 40), help: "People in the shop." },
      { name: "shop_basket_bytes", value: wave * 5e6, unit: "bytes" },
      { name: "shop_load_ratio", value: wave / 3, unit: "ratio" },
      { name: "queue_length", value: Math.round(wave * 9) },
      { name: "queue_wait_seconds", value: wave / 50, unit: "seconds" },
      { name: "cache_hit_ratio", value: wave / 2.5, unit: "ratio" },
      { name: "pool_connections", value: Math.round(wave * 5) },
      ...shops.map((shop, at) => ({
        name: "shop_orders_total",
        kind: "counter" as const,
        value: reads * (at + 1),
        labels: { shop },
      })),
      ...routes.map((route, at) => ({
        name: "shop_requests_total",
        kind: "counter" as const,
        value: reads * (at + 2),
        labels: { route },
      })),
      ...shops.map((shop, at) => ({ name: "shop_stock", value: wave * (at + 1) * 10, labels: { shop } })),
    ];
  };
}
