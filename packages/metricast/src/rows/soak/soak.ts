import { connect, type MetricastClient, type Subscription } from "@metricast/client";
import { noteFigure, openPeer, RedisServer, Spoiler, type WsPeer } from "@metricast/testkit";
import { expect, onTestFinished, type TestContext } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../../index.js";
import type { Door } from "../faults/door.js";
import { FaultService, type ServiceReport } from "../faults/fault-service.js";
import { type TickVerdict, tickVerdict } from "../faults/tick-ledger.js";
import { nuisance } from "./nuisance.js";

export interface SoakOptions {
  readonly door: Door;
  readonly seed: number;
  readonly clients: number;
  readonly durationMs: number;
  /** Between two deaths of Redis, which comes back empty. */
  readonly restartEveryMs: number;
  /** Between two times that it stops for five seconds. */
  readonly pauseEveryMs: number;
}

interface Visitor {
  readonly client: MetricastClient;
  readonly subscription: Subscription;
}

const stepMs = 1_000;
const everyMs = 1_000;
/** Of the clients, each second, goes and is followed by another. */
const churn = 0.02;
/** Come by streams, as behind a proxy that lets no WebSocket through. */
const streaming = 0.1;
const slow = 0.05;
const hostile = 0.01;
/** A hostile one is gone after so many steps at most, so that there are about as many as these. */
const hostileSteps = 10;
const pauseSteps = 5;

/** A service with Redis, its clients coming and going, some slow, some hostile, for as long as is wished. */
export class Soak {
  readonly #service: FaultService;
  readonly #redis: RedisServer;
  readonly #options: SoakOptions;
  readonly #spoiler: Spoiler;
  readonly #visitors: Visitor[] = [];
  readonly #slow: WsPeer[] = [];
  readonly #hostile: { readonly end: () => void; readonly untilStep: number }[] = [];
  readonly #gone: TickVerdict[] = [];
  readonly #reports: ServiceReport[] = [];

  static async run(task: TestContext["task"], options: SoakOptions): Promise<void> {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.stop());
    const service = await FaultService.start({
      door: options.door,
      // What comes before the upgrade is the host's to end.
      before: `
        import { redisStore } from "@metricast/store-redis";
        globalThis.hostOptions = { headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 1_000 };
      `,
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
    const { clients, durationMs } = this.#options;
    const endMs = systemClock.monotonicMs() + durationMs;
    for (let step = 0; systemClock.monotonicMs() < endMs; step += 1) {
      while (this.#visitors.length < clients) this.#enter();
      await this.#disturb(clients, step);
      this.#leave(this.#arrivals(clients * churn));
      await this.#harmRedis(step);
      if (step % 5 === 4) this.#reports.push(await this.#service.report(60_000));
      await wait(stepMs);
    }
  }

  #enter(): void {
    const client = connect(this.#service.url, {
      WebSocket,
      transport: this.#spoiler.chance() < streaming ? "stream" : "websocket",
      reconnect: { minMs: 200, maxMs: 2_000 },
    });
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
  async #disturb(clients: number, step: number): Promise<void> {
    for (const peer of this.#slow.splice(0).filter(({ ended }) => !ended)) {
      this.#slow.push(peer);
      if (this.#spoiler.chance() < 0.1) peer.resume();
      else peer.pause();
    }
    if (this.#slow.length < clients * slow) {
      const peer = await openPeer(this.#service.url);
      peer.send('{"type":"subscribe","id":1,"items":[{"channel":"metrics"}]}');
      peer.pause();
      this.#slow.push(peer);
    }
    for (const one of this.#hostile.splice(0)) {
      if (one.untilStep > step) this.#hostile.push(one);
      else one.end();
    }
    for (let left = this.#arrivals((2 * clients * hostile) / hostileSteps); left > 0; left -= 1) {
      const end = await nuisance(this.#service.url, this.#spoiler);
      this.#hostile.push({ end, untilStep: step + 1 + this.#spoiler.below(hostileSteps) });
    }
  }

  /** How many come in a step, where so many come on average and none knows of another. */
  #arrivals(mean: number): number {
    let count = 0;
    const gap = () => -Math.log(1 - this.#spoiler.chance());
    for (let at = gap(); at < mean; at += gap()) count += 1;
    return count;
  }

  async #harmRedis(step: number): Promise<void> {
    const [restartSteps, everySteps] = [
      this.#options.restartEveryMs / stepMs,
      this.#options.pauseEveryMs / stepMs,
    ];
    if (step % everySteps === everySteps - 1) this.#redis.pause();
    if (step >= everySteps && step % everySteps === pauseSteps - 1) this.#redis.resume();
    if (step % restartSteps === restartSteps - 1) {
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
    const minutes = this.#options.durationMs / 60_000;
    const told = mostFrequent(this.#reports.at(-1)?.warnings ?? []);
    noteFigure(
      task,
      `${verdicts.length} clients, one in ten by a stream, in ${this.#options.durationMs / 1_000} s, seed ${this.#options.seed}: ledgers with a fault ${faulty}, heap ${growth.toFixed(1)} % over the second third, descriptors ${Math.round(files[0] ?? 0)} then ${Math.round(files[1] ?? 0)}, ${told.code} told ${told.times} times`,
    );
    expect(faulty).toBe(0);
    expect(growth).toBeLessThan(this.#options.durationMs >= 600_000 ? 3 : 15);
    expect((files[1] ?? 0) - (files[0] ?? 0)).toBeLessThan(20);
    // Each kind of report comes once a minute at most.
    expect(told.times, told.code).toBeLessThanOrEqual(2 * Math.ceil(minutes));
    expect(this.#service.child.stderr.length).toBeLessThan(10_000);
  }

  #end(): void {
    for (const { client } of this.#visitors.splice(0)) client.close();
    for (const peer of this.#slow.splice(0)) peer.destroy();
    for (const { end } of this.#hostile.splice(0)) end();
  }
}

function mostFrequent(codes: readonly string[]): { readonly code: string; readonly times: number } {
  const times = new Map<string, number>();
  for (const code of codes) times.set(code, (times.get(code) ?? 0) + 1);
  const [[code, most] = ["nothing", 0]] = [...times].sort(([, a], [, b]) => b - a);
  return { code, times: most };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}
