import {
  connect,
  type MetricastClient,
  type QueryBlock,
  type Subscription,
  type SubscriptionEvents,
} from "@metricast/client";
import { redisStore } from "@metricast/store-redis";
import { FaultProxy, ServedCast } from "@metricast/testkit";
import { type CastOptions, metricast } from "metricast";
import { WebSocket } from "ws";
import { type Arm, type Reader, type RedisWays, readersPerArm, sendEveryMs } from "./arm.js";

export async function metricastArm(name: string, ways: RedisWays): Promise<Arm> {
  let sent = 0;
  const sentAt = new Map<number, number>();
  // One number for each tick: it is read exactly once.
  const source = ({ now }: { readonly now: number }) => {
    sentAt.set(now, ++sent);
    return { number: sent };
  };
  const sender = metricast({ ...optionsOf("sender", ways.sender), sources: [source] });
  const reader = await ServedCast.start(metricast(optionsOf("reader", ways.reader)));
  const clientProxy = await FaultProxy.listen(reader.host.port);
  const url = `ws://127.0.0.1:${clientProxy.port}/metricast/`;
  const readers = Array.from({ length: readersPerArm }, () => new MetricastReader(url, sentAt));
  return {
    name,
    readers,
    clientProxy,
    get sent() {
      return sent;
    },
    async stop() {
      for (const one of readers) one.close();
      await clientProxy.close();
      await reader.close();
      await sender.close();
    },
  };
}

function optionsOf(instance: string, port: number): CastOptions {
  return {
    service: "side-by-side",
    instance,
    intervalMs: sendEveryMs,
    public: true,
    defaultSources: false,
    dashboard: false,
    channels: { metricast: { intervalMs: 60_000 } },
    store: redisStore({ port }),
  };
}

type Range = SubscriptionEvents["revised"];

/** A chart of one series: live points, and the past asked for again where the server says that it has changed. */
class MetricastReader implements Reader {
  readonly #client: MetricastClient;
  readonly #chart: Subscription;
  /** Since it was last asked what it holds. */
  readonly #revised: Range[] = [];
  readonly #sentAt: ReadonlyMap<number, number>;
  highest = 0;

  constructor(url: string, sentAt: ReadonlyMap<number, number>) {
    this.#sentAt = sentAt;
    this.#client = connect(url, { WebSocket });
    this.#chart = this.#client.subscribe({ select: "number" });
    this.#chart.on("frame", () => {
      this.highest = Math.max(this.highest, this.#chart.series.latest().get("number")?.value ?? 0);
    });
    this.#chart.on("revised", (range) => this.#revised.push(range));
  }

  async held(): Promise<readonly number[]> {
    const points = new Map<number, number>();
    const { times, series } = this.#chart.series.columns();
    const [live] = series;
    for (const [at, timeMs] of times.entries()) {
      if (live?.kind === "gauge" && live.count[at]) points.set(timeMs, live.last[at] ?? 0);
    }
    const revised = this.#revised.splice(0);
    if (revised.length > 0) {
      const fromMs = Math.min(...revised.map((range) => range.fromMs));
      await this.#revise(points, { fromMs, toMs: Math.max(...revised.map((range) => range.toMs)) });
    }
    // At a tick of the other server alone the last number stands, and nothing was sent.
    return [...points].filter(([timeMs]) => this.#sentAt.has(timeMs)).map(([, number]) => number);
  }

  close(): void {
    this.#client.close();
  }

  async #revise(points: Map<number, number>, { fromMs, toMs }: Range): Promise<void> {
    const [block] = await this.#client.query({ select: "number", from: fromMs, to: toMs, points: 1_000 });
    for (const timeMs of points.keys()) if (timeMs > fromMs && timeMs <= toMs) points.delete(timeMs);
    for (const [timeMs, number] of block ? pointsOf(block) : []) points.set(timeMs, number);
  }
}

function* pointsOf({ series, fromTick, stepTicks, intervalMs }: QueryBlock): Generator<[number, number]> {
  const [one] = series;
  for (const [at, count] of one?.count.entries() ?? []) {
    const number = one?.columns[0]?.last[at];
    if (count > 0 && number !== undefined) yield [(fromTick + (at + 1) * stepTicks) * intervalMs, number];
  }
}
