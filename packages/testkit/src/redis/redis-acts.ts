import type { FaultProxy } from "../fault-proxy.js";
import type { RedisServer } from "./redis-server.js";

/** What stories happen to: a server, and the ways there. */
export interface RedisWorld {
  readonly server: RedisServer;
  readonly writer: { readonly proxy: FaultProxy };
  readonly reader: { readonly proxy: FaultProxy };
  /** What the server was told, which may be done long after: it may be stopped. */
  readonly told: Promise<unknown>[];
}

const onStreams = (act: string) => [
  "eval",
  `for _,k in ipairs(redis.call('keys','*')) do if redis.call('type',k).ok=='stream' then ${act} end end`,
  "0",
];

/** What can happen, by its name in a story. */
export const redisActs: Readonly<Record<string, (world: RedisWorld) => unknown>> = {
  down: ({ server }) => server.pause(),
  up: ({ server }) => server.resume(),
  "writer drops": ({ writer }) => writer.proxy.cut(),
  "reader drops": ({ reader }) => reader.proxy.cut(),
  "writer is away": ({ writer }) => goAway(writer.proxy),
  "reader is away": ({ reader }) => goAway(reader.proxy),
  "replies are lost": ({ writer }) => {
    writer.proxy.mode = "swallowDown";
  },
  "nothing arrives": ({ reader }) => {
    reader.proxy.mode = "blackhole";
  },
  heal,
  flush: (world) => tell(world, "flushall"),
  evict: (world) => tell(world, ...onStreams("redis.call('del',k)")),
  trim: (world) => tell(world, ...onStreams("redis.call('xtrim',k,'maxlen',3)")),
  expire: (world) => tell(world, ...onStreams("redis.call('pexpire',k,1)")),
};

function heal({ server, writer, reader }: RedisWorld): void {
  server.resume();
  for (const { proxy } of [writer, reader]) {
    // What lies in a path that was silent may come in the middle of a reply.
    if (proxy.mode === "swallowDown") proxy.cut();
    proxy.mode = "pass";
  }
}

/** What is to expire does so a millisecond after the answer. */
const expiredMs = 5;

/** From here on nothing happens any more. */
export async function settle(world: RedisWorld): Promise<void> {
  heal(world);
  await Promise.all(world.told);
  await new Promise((resolve) => setTimeout(resolve, expiredMs));
}

function goAway(proxy: FaultProxy): void {
  proxy.mode = "refuse";
  proxy.cut();
}

/** A server that is stopped is told nothing for now: it does not answer. */
async function tell({ server, told }: RedisWorld, ...words: readonly string[]): Promise<void> {
  const answered = server.run(...words).catch(() => {});
  told.push(answered);
  await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, 100))]);
}
