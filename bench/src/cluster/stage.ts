import { setTimeout as pause } from "node:timers/promises";
import { FaultProxy, RedisServer, until } from "@metricast/testkit";
import { type LineProcess, numberOf } from "../drive/line-process.js";
import { Scripts } from "../drive/scripts.js";
import type { ChartVerdict, TicksRead } from "./chart-verdict.js";
import type { CrowdOrder } from "./crowd.js";

export interface StageOptions {
  readonly instances: readonly string[];
  readonly intervalMs: number;
  /** Of each instance, beside its numbers. */
  readonly series: number;
}

/** How long after their ticks frames came: of all instances as one, and of the own one alone. */
export interface Lateness {
  readonly merged: readonly number[];
  readonly own: readonly number[];
}

export interface CrowdVerdict extends ChartVerdict {
  readonly gaps: readonly string[];
  readonly connections: readonly number[];
}

/** On a busy machine. */
const startMs = 60_000;

/** Processes of one service on one Redis, which they reach through a proxy, and a process with their clients. */
export class ClusterStage {
  readonly options: StageOptions;
  readonly redis: RedisServer;
  readonly proxy: FaultProxy;
  readonly instances = new Map<string, LineProcess>();
  readonly ports = new Map<string, number>();
  readonly #scripts: Scripts;
  readonly #crowds: LineProcess[] = [];
  /** What instances read that are gone. */
  readonly #read = new Map<string, number[]>();

  static async start(options: StageOptions): Promise<ClusterStage> {
    const redis = await RedisServer.start();
    const proxy = await FaultProxy.listen(redis.port);
    const stage = new ClusterStage(options, redis, proxy, await Scripts.prepare());
    await Promise.all(options.instances.map((name) => stage.startInstance(name)));
    await stage.whole();
    // Who began at the same moment showed its first tick alone.
    await pause(2 * options.intervalMs);
    return stage;
  }

  private constructor(options: StageOptions, redis: RedisServer, proxy: FaultProxy, scripts: Scripts) {
    this.#scripts = scripts;
    this.options = options;
    this.redis = redis;
    this.proxy = proxy;
  }

  async startInstance(name: string): Promise<void> {
    const { intervalMs, series } = this.options;
    const instance = await this.#scripts.start(`instance ${name}`, "cluster/instance.ts", {
      NAME: name,
      // After a restart it is found where it was.
      PORT: this.ports.get(name) ?? 0,
      REDIS_PORT: this.proxy.port,
      INTERVAL_MS: intervalMs,
      SERIES: series,
    });
    this.instances.set(name, instance);
    this.ports.set(name, numberOf(await instance.hello(startMs), "port"));
  }

  /** In order: its clients are sent away, and it writes what it has. */
  async stopInstance(name: string): Promise<void> {
    const instance = this.instances.get(name);
    if (instance === undefined) return;
    this.instances.delete(name);
    const { ticks } = await instance.ask("close");
    this.#read.set(name, [...(this.#read.get(name) ?? []), ...ticksOf(ticks)]);
    await instance.close();
  }

  /** So many more clients of what listens there. */
  async addClients(url: string, clients: number): Promise<void> {
    const crowd = await this.#scripts.start("crowd", "cluster/crowd.ts");
    this.#crowds.push(crowd);
    await crowd.hello(startMs);
    await ask(crowd, { do: "join", url, clients });
  }

  urlOf(name: string): string {
    return `ws://127.0.0.1:${this.ports.get(name)}/metricast/`;
  }

  /** Milliseconds from then until every client had a frame of a later tick in which nobody is missing. */
  async level(sinceMs: number): Promise<number> {
    const answers = await Promise.all(this.#crowds.map((crowd) => ask(crowd, { do: "level", sinceMs })));
    return Math.max(...answers.map((answer) => numberOf(answer, "tookMs")));
  }

  /** Of the frames since it was last asked for. */
  async lateness(): Promise<Lateness> {
    const answers = await Promise.all(this.#crowds.map((crowd) => ask(crowd, { do: "lateness" })));
    const all = (key: keyof Lateness) => answers.flatMap((answer) => ticksOf(answer[key]));
    return { merged: all("merged"), own: all("own") };
  }

  async reports(): Promise<Readonly<Record<string, unknown>>[]> {
    return await Promise.all([...this.instances.values()].map((instance) => instance.ask("report")));
  }

  /** Resolves when each instance knows of all. */
  async whole(): Promise<void> {
    let reports: Awaited<ReturnType<ClusterStage["reports"]>> = [];
    const isWhole = async () => {
      reports = await this.reports();
      return reports.every(({ instances }) => instances === this.options.instances.length);
    };
    await until(isWhole, 15_000, () => `not all know of all: ${JSON.stringify(reports)}`);
  }

  /** Every client's chart against what every instance read up to now. */
  async judge(): Promise<CrowdVerdict[]> {
    const read: Record<string, number[]> = Object.fromEntries(this.#read);
    for (const [name, instance] of this.instances) {
      const { ticks } = await instance.ask("ticks");
      read[name] = [...(read[name] ?? []), ...ticksOf(ticks)];
    }
    const { intervalMs } = this.options;
    // The newest ticks are on their way.
    const lastMs = Date.now() - 2 * intervalMs - 1_000;
    return await Promise.all(this.#crowds.map((crowd) => judged(crowd, read, intervalMs, lastMs)));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#crowds, ...this.instances.values()].map((process) => process.close()));
    await this.proxy.close();
    await this.redis.stop();
    this.#scripts.dispose();
  }
}

function ask(crowd: LineProcess, order: CrowdOrder) {
  return crowd.ask(JSON.stringify(order));
}

async function judged(
  crowd: LineProcess,
  read: TicksRead,
  intervalMs: number,
  lastMs: number,
): Promise<CrowdVerdict> {
  const answer = await ask(crowd, { do: "judge", read, intervalMs, lastMs });
  const number = (name: string) => numberOf(answer, name);
  return {
    points: number("points"),
    lost: number("lost"),
    disordered: number("disordered"),
    falseContinuity: number("falseContinuity"),
    examples: textsOf(answer.examples),
    // Where no instance read anything there is nothing to lose.
    gaps: textsOf(answer.gaps).filter((reason) => reason !== "not_sampled"),
    connections: ticksOf(answer.connections),
  };
}

function ticksOf(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
