import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { loadTrace, ServedCast, until } from "@metricast/testkit";
import { type Cast, metricast } from "metricast";
import type { CrowdVerdict } from "./crowd.js";
import { TraceReplay } from "./trace-replay.js";

export interface ThousandClients extends CrowdVerdict {
  /** Ticks sampled after the last client had joined. */
  readonly ticks: number;
  readonly joinMs: number;
  /** Of the server's process, over the ticks. */
  readonly cpuSeconds: number;
}

export const crowdSize = 1_000;
const processes = 2;
const seriesCount = 200;
const intervalMs = 1_000;

/** A thousand clients of one address watch 200 series at 1 Hz; every frame that each of them got is accounted for. */
export async function measureThousandClients(ticksWanted: number): Promise<ThousandClients> {
  const ticks: number[] = [];
  const served = await ServedCast.start(roomyCast(ticks));
  const crowds = Array.from({ length: processes }, startCrowd);
  try {
    const startedMs = performance.now();
    const order = { url: served.url, token: served.cast.startToken, clients: crowdSize / processes };
    await Promise.all(crowds.map((crowd) => ask(crowd, order)));
    const joinMs = performance.now() - startedMs;
    const before = { ticks: ticks.length, cpu: process.cpuUsage() };
    await until(() => ticks.length >= before.ticks + ticksWanted, (ticksWanted + 30) * intervalMs);
    const { user, system } = process.cpuUsage(before.cpu);
    const sampled = [...ticks];
    const verdicts = await Promise.all(crowds.map((crowd) => ask(crowd, { ticks: sampled })));
    return {
      ...verdicts.filter((verdict) => verdict !== undefined).reduce(add),
      ticks: sampled.length - before.ticks,
      joinMs,
      cpuSeconds: (user + system) / 1e6,
    };
  } finally {
    for (const crowd of crowds) crowd.kill();
    await served.close();
  }
}

/** Options as the README names them for many clients of one address. */
function roomyCast(ticks: number[]): Cast {
  const replay = new TraceReplay(loadTrace("express-prom-client-1s"), seriesCount);
  const read = ({ now }: { readonly now: number }) => {
    ticks.push(now / intervalMs);
    return replay.read();
  };
  return metricast({
    intervalMs,
    maxClients: crowdSize,
    maxClientsPerAddress: crowdSize,
    acceptsPerSecond: crowdSize,
    acceptsPerSecondPerAddress: crowdSize,
    acceptBurstPerAddress: crowdSize,
    defaultSources: false,
    sources: [{ name: "trace", read }],
  });
}

function startCrowd(): ChildProcess {
  const script = fileURLToPath(new URL("crowd.ts", import.meta.url));
  return fork(script, { execArgv: ["--conditions=metricast-src", "--import", "tsx"] });
}

async function ask(crowd: ChildProcess, order: object): Promise<CrowdVerdict | undefined> {
  crowd.send(order);
  const [answer] = await Promise.race([
    once(crowd, "message"),
    once(crowd, "exit").then((exit) => Promise.reject(new Error(`the crowd ended with ${exit.join()}`))),
  ]);
  if (answer.failed !== undefined) throw new Error(answer.failed);
  return answer.verdict;
}

function add(a: CrowdVerdict, b: CrowdVerdict): CrowdVerdict {
  return {
    clients: a.clients + b.clients,
    frames: a.frames + b.frames,
    bytes: a.bytes + b.bytes,
    lost: a.lost + b.lost,
    duplicated: a.duplicated + b.duplicated,
    faults: [...a.faults, ...b.faults],
  };
}
