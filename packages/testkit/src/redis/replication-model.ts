import type { Store } from "@metricast/core";
import { expect } from "vitest";
import { type RedisWorld, redisActs, settle } from "./redis-acts.js";
import type { RedisServer } from "./redis-server.js";
import { type ReplicationSide, ReplicationStage, soundLedger } from "./replication-stage.js";
import { type Story, tellStories } from "./stories.js";

interface World extends RedisWorld {
  readonly stage: ReplicationStage;
  readonly writer: ReplicationSide;
  readonly reader: ReplicationSide;
}

const acts: Readonly<Record<string, (world: World) => unknown>> = {
  publish: ({ stage, writer }) => stage.append(writer),
  "publish many": ({ stage, writer }) => {
    for (let count = 0; count < 40; count += 1) stage.append(writer);
  },
  ...redisActs,
};

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
  const stories = { acts: Object.keys(acts), maxWaitMs: 80, maxLength: 14, runs, make };
  await tellStories(stories, (forPort, story) => holds(server, forPort, story));
}

async function holds(server: RedisServer, make: (port: number) => Store, story: Story): Promise<void> {
  const stage = new ReplicationStage(server.port);
  const [writer, reader] = [await stage.open("a", make), await stage.open("b", make)];
  const world: World = { server, stage, writer, reader, told: [] };
  try {
    for (const [name, waitMs] of story) {
      await acts[name]?.(world);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    await settle(world);
    stage.append(world.writer);
    await stage.level(world.reader, 8_000);
    await stage.is(world.writer, "ok");
    expect(stage.verdict()).toEqual(soundLedger);
    if (!mayDrop(story)) expect(world.writer.store.status()).toMatchObject({ dropped: 0 });
  } finally {
    server.resume();
    await stage.stop();
  }
}

/** What was written without a reply and trimmed before its writer looked is counted as dropped: nobody knows it was there. */
function mayDrop(story: Story): boolean {
  const lostAt = story.findIndex(([name]) => name === "replies are lost");
  return lostAt >= 0 && story.slice(lostAt).some(([name]) => name === "trim");
}
