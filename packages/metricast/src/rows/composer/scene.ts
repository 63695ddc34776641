import { connect, type MetricastClient, type QueryBlock, type Subscription } from "@metricast/client";
import { FaultProxy, RedisServer, until } from "@metricast/testkit";
import { WebSocket } from "ws";
import { systemClock } from "../../index.js";
import type { Door } from "../faults/door.js";
import { FaultService } from "../faults/fault-service.js";
import { steppingClock } from "../faults/stepping-clock.js";
import { type TickVerdict, tickVerdict } from "../faults/tick-ledger.js";

const everyMs = 200;

export type PostName = "a" | "b";
export const postNames: readonly PostName[] = ["a", "b"];

/** An instance, the network before it and the one behind it. */
export interface Post {
  readonly name: PostName;
  readonly service: FaultService;
  /** Between its clients and it. */
  readonly front: FaultProxy;
  /** Between it and Redis. */
  readonly back: FaultProxy;
}

interface Watcher {
  readonly client: MetricastClient;
  readonly subscription: Subscription;
}

/** Two instances on one Redis, with clients of every kind through every door, and everything between them to be harmed. */
export class Scene {
  readonly redis: RedisServer;
  readonly posts: readonly Post[];
  readonly #watchers: readonly Watcher[];

  /** `doors`: of the first instance and of the second; `options`: of both, beyond those of every scene. */
  static async open(doors: readonly Door[], options: string): Promise<Scene> {
    const redis = await RedisServer.start();
    const posts = await Promise.all(
      postNames.flatMap((name, at) => {
        const door = doors[at];
        return door === undefined ? [] : [postOn(redis, { name, door, options })];
      }),
    );
    const scene = new Scene(redis, posts);
    try {
      const fromMs = systemClock.dateMs();
      await scene.agreed(() => scene.shownThroughMs() > fromMs + 2_000, 60_000);
    } catch (cause) {
      await scene.close();
      throw cause;
    }
    return scene;
  }

  private constructor(redis: RedisServer, posts: readonly Post[]) {
    this.redis = redis;
    this.posts = posts;
    this.#watchers = posts.flatMap(watchersOf);
  }

  post(name: PostName): Post {
    const post = this.posts.find((one) => one.name === name);
    if (post === undefined) throw new Error(`there is no instance ${name}`);
    return post;
  }

  /** Up to where every client was shown something, by the services' clock, which may be another than the clients'. */
  shownThroughMs(): number {
    return Math.min(
      ...this.#watchers.map(({ subscription }) => subscription.series.columns().times.at(-1) ?? 0),
    );
  }

  verdicts(): readonly TickVerdict[] {
    return this.#watchers.map(({ subscription }) => tickVerdict(subscription, everyMs));
  }

  /** Waits until all clients are live, nothing promised is still to come, and each instance has what the other read. */
  async agreed(also: () => boolean, deadlineMs: number): Promise<void> {
    let left = "";
    const settled = async () => {
      const away = this.#watchers.filter(({ client }) => client.state.name !== "live").length;
      const pending = this.#watchers.filter(({ subscription: { series } }) =>
        series.gaps.some(({ reason }) => reason === "pending"),
      ).length;
      left = `${away} clients are away, ${pending} wait for a range`;
      if (away + pending > 0 || !also()) return false;
      // Not asked more often than a minute's messages allow.
      await pause(2 * everyMs);
      const unlike = await this.#unlike().catch((cause) => [String(cause)]);
      left = `the instances differ: ${unlike.slice(0, 20).join(", ")}`;
      return unlike.length === 0;
    };
    await until(settled, deadlineMs, () => left);
  }

  async close(): Promise<void> {
    for (const { client } of this.#watchers) client.close();
    for (const { service, front, back } of this.posts) {
      service.end();
      await front.close();
      await back.close();
    }
    await this.redis.stop();
  }

  /** Ticks that an instance read and the other has not, or has otherwise; those of the last second are still on their way. */
  async #unlike(): Promise<readonly string[]> {
    const to = this.shownThroughMs() - 1_000;
    const from = to - 30_000;
    const clients = this.posts.map((_, at) => this.#watchers[(at * this.#watchers.length) / 2]?.client);
    const ask = async (at: number, name: string, merge: "instance" | "cluster") => {
      const [block] =
        (await clients[at]?.query({
          channel: "metrics",
          select: `own_${name}`,
          from,
          to,
          points: 500,
          merge,
        })) ?? [];
      return pointsOf(block);
    };
    const found = await Promise.all(
      this.posts.map(async ({ name }, at) => {
        const [own, theirs] = await Promise.all([ask(at, name, "instance"), ask(1 - at, name, "cluster")]);
        return [...own]
          .filter(([tick, value]) => theirs.get(tick) !== value)
          .map(([tick]) => `${tick} of ${name}`);
      }),
    );
    return found.flat();
  }
}

interface PostOptions {
  readonly name: PostName;
  readonly door: Door;
  readonly options: string;
}

async function postOn(redis: RedisServer, { name, door, options }: PostOptions): Promise<Post> {
  const back = await FaultProxy.listen(redis.port);
  const service = await FaultService.startForAll({
    door,
    before: `import { redisStore } from "@metricast/store-redis"; ${steppingClock}`,
    options: `{
      service: "scene", instance: "${name}", intervalMs: ${everyMs}, heartbeatMs: 300, deadAfterMs: 1_000, maxResumePoints: 10_000, messagesPerMinute: 1_000,
      store: redisStore({ port: ${back.port}, probeMs: 300, commandTimeoutMs: 500, connectTimeoutMs: 500 }),
      sources: [({ now }) => [
        { name: "tick", value: now / 100, aggregator: "max" },
        { name: "own_${name}", value: now / 100 },
      ]],
      ${options}
    }`,
  });
  return { name, service, back, front: await FaultProxy.listen(service.port) };
}

function watchersOf({ front }: Post): readonly Watcher[] {
  const url = `://127.0.0.1:${front.port}/metricast/`;
  const shared = { WebSocket, reconnect: { minMs: 50, maxMs: 500 }, connectTimeoutMs: 1_500 };
  const clients = [
    connect(`ws${url}`, { ...shared, transport: "websocket", codec: "json" }),
    connect(`ws${url}`, { ...shared, transport: "websocket", codec: "binary" }),
    connect(`http${url}`, { ...shared, transport: "stream" }),
  ];
  return clients.flatMap((client) =>
    (["instance", "cluster"] as const).map((merge) => ({
      client,
      subscription: client.subscribe({ merge, select: "tick" }),
    })),
  );
}

function pointsOf(block: QueryBlock | undefined): ReadonlyMap<number, number> {
  const { fromTick = 0, stepTicks = 1, series: [read] = [] } = block ?? {};
  const values = Array.from(read?.columns[0]?.last ?? [], (value, at): [number, number] => [
    fromTick + (at + 1) * stepTicks,
    value,
  ]);
  return new Map(values.filter((_, at) => (read?.count[at] ?? 0) > 0));
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}
