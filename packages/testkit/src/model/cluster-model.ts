import { createMetricast, type Metricast, type Store } from "@metricast/core";
import { expect } from "vitest";
import { Viewer } from "../cluster/instances.js";
import { FaultProxy } from "../fault-proxy.js";
import { type RedisWorld, redisActs, settle } from "../redis/redis-acts.js";
import type { RedisServer } from "../redis/redis-server.js";
import { type Story, tellStories } from "../redis/stories.js";
import { until } from "../until.js";
import { numbersFalse, numbersHeld, numbersLost } from "./cluster-oracle.js";

export const modelTickMs = 100;
/** Who was away while a stream was trimmed waits for the next keyframe, and one comes every 120 ticks. */
const levelMs = 25_000;

/** One instance: what it reads at each tick is the tick, in a series of its own. */
export interface ModelledInstance {
  readonly name: string;
  readonly cast: Metricast;
  readonly store: Store;
  readonly proxy: FaultProxy;
  /** Ticks that it read. */
  readonly ticks: readonly number[];
}

/** Two instances on one server, each with a way of its own, and two clients that go from one to the other. */
class ModelledCluster implements RedisWorld {
  readonly server: RedisServer;
  readonly writer: ModelledInstance;
  readonly reader: ModelledInstance;
  readonly viewers = [new Viewer({ select: ["number_*"] }), new Viewer({ select: ["number_*"] })] as const;
  readonly told: Promise<unknown>[] = [];
  readonly #connected = new Set<Viewer>();
  readonly #reading: NodeJS.Timeout;

  static async start(server: RedisServer, make: (port: number) => Store): Promise<ModelledCluster> {
    const [writer, reader] = [await instanceOf("a", server, make), await instanceOf("b", server, make)];
    return new ModelledCluster(server, writer, reader);
  }

  private constructor(server: RedisServer, writer: ModelledInstance, reader: ModelledInstance) {
    this.server = server;
    this.writer = writer;
    this.reader = reader;
    this.#reading = setInterval(() => this.#read(), 10);
  }

  get instances(): readonly ModelledInstance[] {
    return [this.writer, this.reader];
  }

  async join(viewer: Viewer, { cast }: ModelledInstance): Promise<void> {
    if (this.#connected.has(viewer)) return;
    this.#connected.add(viewer);
    await viewer.connect(cast);
  }

  leave(viewer: Viewer): void {
    if (this.#connected.delete(viewer)) viewer.drop();
  }

  /** Every viewer is shown a tick from now on, with everybody's number in it. */
  async level(): Promise<void> {
    const fromTick = Date.now() / modelTickMs;
    const isLevel = ({ last }: Viewer) =>
      last !== undefined &&
      last.tick >= fromTick &&
      this.instances.every(({ name }) => last.values[`number_${name}`] === last.tick);
    const what = () =>
      JSON.stringify([this.viewers.map(({ last }) => last), this.instances.map((one) => one.store.status())]);
    await until(() => this.viewers.every(isLevel), levelMs, what);
  }

  async stop(): Promise<void> {
    clearInterval(this.#reading);
    for (const viewer of this.viewers) this.leave(viewer);
    for (const { cast, proxy } of this.instances) {
      await cast.close();
      await proxy.close();
    }
  }

  #read(): void {
    for (const viewer of this.#connected) viewer.read();
  }
}

const acts: Readonly<Record<string, (cluster: ModelledCluster) => unknown>> = {
  ...redisActs,
  "the first viewer drops": (cluster) => cluster.leave(cluster.viewers[0]),
  "the second viewer drops": (cluster) => cluster.leave(cluster.viewers[1]),
  "the first viewer comes to the reader": (cluster) => cluster.join(cluster.viewers[0], cluster.reader),
  "the first viewer comes to the writer": (cluster) => cluster.join(cluster.viewers[0], cluster.writer),
  "the second viewer comes to the writer": (cluster) => cluster.join(cluster.viewers[1], cluster.writer),
  "the second viewer comes to the reader": (cluster) => cluster.join(cluster.viewers[1], cluster.reader),
};

/**
 * Tells stories of what happens to a server, to the ways there and to clients, to two instances at a time: what a client was shown
 * is what the instances read, but for who was named as missing; nothing between two frames is jumped over in silence; and in the
 * end both instances' history has all that both read. `make` gives a store for a port, its probes about 100 ms apart.
 */
export async function clusterModel(
  server: RedisServer,
  make: (port: number, run: number) => Store,
  runs: number,
): Promise<void> {
  const stories = { acts: Object.keys(acts), maxWaitMs: 250, maxLength: 12, runs, make };
  await tellStories(stories, (forPort, story) => holds(server, forPort, story));
}

async function holds(server: RedisServer, make: (port: number) => Store, story: Story): Promise<void> {
  const cluster = await ModelledCluster.start(server, make);
  try {
    await rejoin(cluster);
    await cluster.level();
    const fromTick = Math.ceil(Date.now() / modelTickMs);
    for (const [name, waitMs] of story) {
      await acts[name]?.(cluster);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    await settle(cluster);
    await rejoin(cluster);
    await cluster.level();
    for (const viewer of cluster.viewers) {
      expect(viewer.allFaults).toEqual([]);
      expect(numbersFalse(viewer, cluster.instances)).toEqual([]);
      expect(numbersLost(viewer, cluster.instances)).toEqual([]);
    }
    // What was trimmed before anybody else had it is only where it was read.
    const isTrimmed = story.some(([name]) => name === "trim");
    if (!isTrimmed) await historyIsWhole(cluster, fromTick, Math.floor(Date.now() / modelTickMs));
  } finally {
    server.resume();
    await cluster.stop();
  }
}

async function rejoin(cluster: ModelledCluster): Promise<void> {
  const [first, second] = cluster.viewers;
  await cluster.join(first, cluster.writer);
  await cluster.join(second, cluster.reader);
}

async function historyIsWhole(cluster: ModelledCluster, from: number, to: number): Promise<void> {
  let missing: readonly string[] = ["not asked yet"];
  const isWhole = async () => {
    missing = [];
    for (const viewer of cluster.viewers) {
      const range = { channel: "metrics", from: from * modelTickMs, to: to * modelTickMs, points: 2_000 };
      missing = [...missing, ...numbersHeld(await viewer.query(range), cluster.instances, { from, to })];
    }
    return missing.length === 0;
  };
  await until(isWhole, 10_000, () => `not in history: ${missing.slice(0, 20)}`);
}

async function instanceOf(
  name: string,
  server: RedisServer,
  make: (port: number) => Store,
): Promise<ModelledInstance> {
  const proxy = await FaultProxy.listen(server.port);
  const store = make(proxy.port);
  const ticks: number[] = [];
  const cast = createMetricast({
    store,
    instance: name,
    intervalMs: modelTickMs,
    public: true,
    shed: false,
    messageBurst: 1_000,
    messagesPerMinute: 100_000,
    acceptBurstPerAddress: 1_000,
    channels: { metricast: { intervalMs: 60_000 } },
    sources: [
      ({ now }) => {
        ticks.push(now / modelTickMs);
        return { [`number_${name}`]: now / modelTickMs };
      },
    ],
  });
  await cast.start();
  return { name, cast, store, proxy, ticks };
}
