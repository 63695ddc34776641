import { setTimeout as pause } from "node:timers/promises";
import { FaultProxy, RedisServer, until } from "@metricast/testkit";
import { type Arm, tallyOf } from "./arm.js";
import { type Fault, faults, type Ground } from "./fault.js";
import { metricastArm } from "./metricast-arm.js";
import { socketIoArm, viaPubSub, viaStreams } from "./socket-io-arm.js";

/** What one arm made of one fault; numbers of all its clients together. */
export interface Outcome {
  readonly fault: string;
  readonly arm: string;
  readonly sent: number;
  readonly lost: number;
  readonly duplicated: number;
  /** From the end of the fault until each client had a number sent after it; absent: not within the longest wait. */
  readonly recoveredMs?: number;
}

const longestWaitMs = 15_000;
/** What is late may come until then. */
const settleMs = 3_000;

/** All arms at once on one Redis and the same two proxies, so that every cut hits them all in the same moment. */
export async function measureSideBySide(say: (text: string) => void, wanted = faults): Promise<Outcome[]> {
  const ground = await prepare();
  try {
    const outcomes: Outcome[] = [];
    for (const fault of wanted) {
      say(fault.title);
      await calm(ground);
      outcomes.push(...(await judge(ground, fault)));
    }
    return outcomes;
  } finally {
    for (const { stop } of ground.arms) await stop();
    await ground.sender.close();
    await ground.reader.close();
    await ground.redis.stop();
  }
}

async function prepare(): Promise<Ground> {
  const redis = await RedisServer.start();
  const [sender, reader] = [await FaultProxy.listen(redis.port), await FaultProxy.listen(redis.port)];
  const ways = { sender: sender.port, reader: reader.port };
  const arms = [
    await socketIoArm("Socket.IO, redis-adapter", ways, viaPubSub),
    await socketIoArm("Socket.IO, redis-streams-adapter", ways, viaStreams),
    await metricastArm("metricast", ways),
  ];
  return { redis, sender, reader, arms, pause };
}

/** What a fault left behind is cleared away by a cut, until all arms deliver again. */
async function calm({ sender, reader, arms }: Ground): Promise<void> {
  for (const proxy of [sender, reader]) proxy.cut();
  await pause(500);
  for (const arm of arms) await until(() => isLive(arm, arm.sent - 5), 30_000, `${arm.name} delivers`);
  await pause(1_000);
}

async function judge(ground: Ground, fault: Fault): Promise<Outcome[]> {
  const before = ground.arms.map(({ sent }) => sent);
  await fault.act(ground);
  const endedMs = performance.now();
  const recoveries = await Promise.all(ground.arms.map((arm) => recovery(arm, endedMs)));
  await pause(settleMs);
  const last = ground.arms.map(({ sent }) => sent);
  // What was sent a moment ago is on its way.
  await pause(settleMs);
  return await Promise.all(
    ground.arms.map(async (arm, at) => {
      const tallies = await Promise.all(
        arm.readers.map((reader) => tallyOf(reader, before[at] ?? 0, last[at] ?? 0)),
      );
      const sum = (key: "sent" | "lost" | "duplicated") =>
        tallies.reduce((total, tally) => total + tally[key], 0);
      const recoveredMs = recoveries[at];
      return {
        fault: fault.title,
        arm: arm.name,
        sent: sum("sent"),
        lost: sum("lost"),
        duplicated: sum("duplicated"),
        ...(recoveredMs !== undefined && { recoveredMs }),
      };
    }),
  );
}

async function recovery(arm: Arm, fromMs: number): Promise<number | undefined> {
  const { sent } = arm;
  try {
    await until(() => isLive(arm, sent), longestWaitMs);
    return Math.round(performance.now() - fromMs);
  } catch {
    return undefined;
  }
}

function isLive({ readers }: Arm, after: number): boolean {
  return readers.every(({ highest }) => highest > after);
}
