import type { Store } from "@metricast/core";
import fc from "fast-check";
import { expect } from "vitest";
import type { RedisServer } from "./redis-server.js";
import { type ReplicationSide, ReplicationStage, soundLedger } from "./replication-stage.js";

interface World {
  readonly server: RedisServer;
  readonly stage: ReplicationStage;
  readonly writer: ReplicationSide;
  readonly reader: ReplicationSide;
}

const onStreams = (act: string) => [
  "eval",
  `for _,k in ipairs(redis.call('keys','*')) do if redis.call('type',k).ok=='stream' then ${act} end end`,
  "0",
];

const acts: Record<string, (world: World) => unknown> = {
  publish: ({ stage, writer }) => stage.append(writer),
  "publish many": ({ stage, writer }) => {
    for (let count = 0; count < 40; count += 1) stage.append(writer);
  },
  down: ({ server }) => server.pause(),
  up: ({ server }) => server.resume(),
  "writer drops": ({ writer }) => writer.proxy.cut(),
  "reader drops": ({ reader }) => reader.proxy.cut(),
  "writer is away": ({ writer }) => {
    writer.proxy.mode = "refuse";
    writer.proxy.cut();
  },
  "reader is away": ({ reader }) => {
    reader.proxy.mode = "refuse";
    reader.proxy.cut();
  },
  "replies are lost": ({ writer }) => {
    writer.proxy.mode = "swallowDown";
  },
  "nothing arrives": ({ reader }) => {
    reader.proxy.mode = "blackhole";
  },
  heal,
  flush: ({ server }) => command(server, "flushall"),
  evict: ({ server }) => command(server, ...onStreams("redis.call('del',k)")),
  trim: ({ server }) => command(server, ...onStreams("redis.call('xtrim',k,'maxlen',3)")),
  expire: ({ server }) => command(server, ...onStreams("redis.call('pexpire',k,1)")),
};

function heal({ server, writer, reader }: World): void {
  server.resume();
  for (const { proxy } of [writer, reader]) {
    // What lies in a path that was silent may come in the middle of a reply.
    if (proxy.mode === "swallowDown") proxy.cut();
    proxy.mode = "pass";
  }
}

/** A server that is stopped is told nothing: it would not answer. */
async function command(server: RedisServer, ...words: readonly string[]): Promise<void> {
  const answered = server.run(...words);
  await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, 100))]);
  answered.catch(() => {});
}

/**
 * Tells stories of what happens to a server and to the ways there, each to a writer and a reader of its own: what the reader was
 * told is the writer's log, but for what was declared to be missing, and in the end both are level. `make` gives a store
 * for a port; `run` tells those of one story from those of another. Its probes should be short: about 100 ms.
 */
export async function replicationModel(
  server: RedisServer,
  make: (port: number, run: number) => Store,
  runs: number,
): Promise<void> {
  let run = 0;
  const act = fc.tuple(fc.constantFrom(...Object.keys(acts)), fc.integer({ min: 0, max: 80 }));
  const story = fc.array(act, { minLength: 4, maxLength: 14 });
  const property = fc.asyncProperty(story, (told) => {
    run += 1;
    const number = run;
    return holds(server, (port) => make(port, number), told);
  });
  await fc.assert(property, { numRuns: runs, endOnFailure: true });
}

async function holds(
  server: RedisServer,
  make: (port: number) => Store,
  story: readonly (readonly [string, number])[],
): Promise<void> {
  const stage = new ReplicationStage(server.port);
  const world = { server, stage, writer: await stage.open("a", make), reader: await stage.open("b", make) };
  try {
    for (const [name, waitMs] of story) {
      await acts[name]?.(world);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    heal(world);
    stage.append(world.writer);
    await stage.level(world.reader, 8_000);
    await stage.is(world.writer, "ok");
    expect(stage.verdict()).toEqual(soundLedger);
    expect(world.writer.store.status()).toMatchObject({ dropped: 0 });
  } finally {
    server.resume();
    await stage.stop();
  }
}
