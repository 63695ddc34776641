import { connect, type MetricastClient, type Subscription } from "@metricast/client";
import { noteFigure, openPeer, RedisServer, Spoiler, type WsPeer } from "@metricast/testkit";
import { expect, onTestFinished, type TestContext } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../../index.js";
import type { Door } from "../faults/door.js";
import { FaultService, type ServiceReport } from "../faults/fault-service.js";
import { type TickVerdict, tickVerdict } from "../faults/tick-ledger.js";
import { frames } from "../fuzz/corpus.js";

export interface SoakOptions {
  readonly door: Door;
  readonly seed: number;
  readonly clients: number;
  readonly durationMs: number;
  /** Between two deaths of Redis, which comes back empty. */
  readonly restartEveryMs: number;
}

interface Visitor {
  readonly client: MetricastClient;
  readonly subscription: Subscription;
}

const stepMs = 1_000;
const everyMs = 1_000;
/** Of the clients, each second, goes and is followed by another. */
const churn = 0.02;
const slow = 0.05;
const hostile = 0.01;

/** A service with Redis, its clients coming and going, some slow, some hostile, for as long as is wished. */
export class Soak {
  readonly #service: FaultService;
  readonly #redis: RedisServer;
  readonly #options: SoakOptions;
  readonly #spoiler: Spoiler;
  readonly #visitors: Visitor[] = [];
  readonly #slow: WsPeer[] = [];
  readonly #gone: TickVerdict[] = [];
  readonly #reports: ServiceReport[] = [];

  static async run(task: TestContext["task"], options: SoakOptions): Promise<void> {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.stop());
    const service = await FaultService.start({
      door: options.door,
      before: `import { redisStore } from "@metricast/store-redis";`,
      options: `{
        service: "soak", instance: "a", intervalMs: ${everyMs}, store: redisStore({ port: ${redis.port}, probeMs: 500 }),
      }`,
    });
    const soak = new Soak(service, redis, options);
    onTestFinished(() => soak.#end());
    await soak.#run();
    soak.#judge(task);
  }

  private constructor(service: FaultService, redis: RedisServer, options: SoakOptions) {
    this.#service = service;
    this.#redis = redis;
    this.#options = options;
    this.#spoiler = new Spoiler(options.seed);
  }

  async #run(): Promise<void> {
    const { clients, durationMs, restartEveryMs } = this.#options;
    const endMs = systemClock.monotonicMs() + durationMs;
    for (let step = 0; systemClock.monotonicMs() < endMs; step += 1) {
      while (this.#visitors.length < clients) this.#enter();
      await this.#disturb(clients);
      this.#leave(Math.round(clients * churn * (this.#spoiler.chance() + 0.5)));
      await this.#harmRedis((step * stepMs) % restartEveryMs, restartEveryMs);
      if (step % 5 === 4) this.#reports.push(await this.#service.report(60_000));
      await wait(stepMs);
    }
  }

  #enter(): void {
    const client = connect(this.#service.url, { WebSocket, reconnect: { minMs: 200, maxMs: 2_000 } });
    this.#visitors.push({ client, subscription: client.subscribe() });
  }

  #leave(count: number): void {
    for (let left = count; left > 0 && this.#visitors.length > 0; left -= 1) {
      const [gone] = this.#visitors.splice(this.#spoiler.below(this.#visitors.length), 1);
      if (gone === undefined) continue;
      this.#gone.push(tickVerdict(gone.subscription, everyMs));
      gone.client.close();
    }
  }

  /** Some stop reading for a while, and some send what nobody should. */
  async #disturb(clients: number): Promise<void> {
    for (const peer of this.#slow) {
      if (this.#spoiler.chance() < 0.1) peer.resume();
    }
    if (this.#slow.length < clients * slow) {
      const peer = await openPeer(this.#service.url);
      peer.send('{"type":"subscribe","id":1,"items":[{"channel":"metrics"}]}');
      peer.pause();
      this.#slow.push(peer);
    }
    for (let left = Math.ceil((clients * hostile) / 10); left > 0; left -= 1) {
      const peer = await openPeer(this.#service.url);
      for (let more = 0; more < 5; more += 1)
        peer.raw(this.#spoiler.spoil(this.#spoiler.pick(frames), frames));
      peer.destroy();
    }
  }

  async #harmRedis(atMs: number, everyMs: number): Promise<void> {
    if (atMs === everyMs - stepMs) {
      await this.#redis.kill();
      await this.#redis.start();
    }
  }

  #judge(task: TestContext["task"]): void {
    const verdicts = [
      ...this.#gone,
      ...this.#visitors.map(({ subscription }) => tickVerdict(subscription, everyMs)),
    ];
    const faulty = verdicts.filter(({ lost, doubled, wrong }) => lost + doubled + wrong > 0).length;
    const thirds = [1, 2].map((third) =>
      this.#reports.slice((third * this.#reports.length) / 3, ((third + 1) * this.#reports.length) / 3),
    );
    const [second = 0, last = 0] = thirds.map((reports) => mean(reports.map(({ heapBytes }) => heapBytes)));
    const files = thirds.map((reports) => mean(reports.map(({ descriptors }) => descriptors)));
    const growth = (100 * (last - second)) / second;
    noteFigure(
      task,
      `${verdicts.length} clients in ${this.#options.durationMs / 1_000} s, seed ${this.#options.seed}: ledgers with a fault ${faulty}, heap ${growth.toFixed(1)} % over the second third`,
    );
    expect(faulty).toBe(0);
    expect(growth).toBeLessThan(this.#options.durationMs >= 600_000 ? 3 : 15);
    expect((files[1] ?? 0) - (files[0] ?? 0)).toBeLessThan(20);
  }

  #end(): void {
    for (const { client } of this.#visitors.splice(0)) client.close();
    for (const peer of this.#slow.splice(0)) peer.destroy();
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}
