// A process of many clients, each with a chart; it answers lines of JSON.
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { ChartClient } from "./chart-client.js";
import { addVerdicts, judgeChart, type TicksRead } from "./chart-verdict.js";

export type CrowdOrder =
  | { readonly do: "join"; readonly url: string; readonly clients: number }
  /** Waits until every client had a frame of a tick since then in which nobody is missing. */
  | { readonly do: "level"; readonly sinceMs: number }
  /** How late frames came since the last such order. */
  | { readonly do: "lateness" }
  | { readonly do: "judge"; readonly read: TicksRead; readonly intervalMs: number; readonly lastMs: number };

const opensAtOnce = 25;
const longestWaitMs = 30_000;
const clients: ChartClient[] = [];
const looked = { frames: new Map<ChartClient, number>(), own: new Map<ChartClient, number>() };

async function all(some: readonly ChartClient[], is: (client: ChartClient) => boolean): Promise<void> {
  const endMs = performance.now() + longestWaitMs;
  for (;;) {
    const late = some.find((client) => !is(client));
    if (late === undefined) return;
    if (performance.now() > endMs) throw new Error(`not within ${longestWaitMs} ms: ${late.describe()}`);
    await pause(5);
  }
}

async function join(url: string, count: number): Promise<object> {
  for (let open = 0; open < count; open += opensAtOnce) {
    const wave = Array.from({ length: Math.min(opensAtOnce, count - open) }, () => new ChartClient(url));
    clients.push(...wave);
    await all(wave, ({ frames }) => frames.length > 0);
  }
  return { joined: clients.length };
}

async function level(sinceMs: number): Promise<object> {
  const isLevel = ({ frames }: ChartClient) => {
    const { timeMs = 0, missing = [] } = frames.at(-1) ?? {};
    return timeMs >= sinceMs && missing.length === 0;
  };
  await all(clients, isLevel);
  return { tookMs: Date.now() - sinceMs };
}

function lateness(): object {
  const merged = clients.flatMap((client) =>
    client.frames.slice(looked.frames.get(client) ?? 0).map(({ lateMs }) => lateMs),
  );
  const own = clients.flatMap((client) => client.ownLateMs.slice(looked.own.get(client) ?? 0));
  for (const client of clients) {
    looked.frames.set(client, client.frames.length);
    looked.own.set(client, client.ownLateMs.length);
  }
  return { merged, own };
}

async function judge({ read, intervalMs, lastMs }: Extract<CrowdOrder, { do: "judge" }>): Promise<object> {
  const verdicts = [];
  for (const client of clients) verdicts.push(await judgeChart(client, read, intervalMs, lastMs));
  return {
    ...addVerdicts(verdicts),
    gaps: clients.flatMap(({ gaps }) => gaps),
    connections: clients.map((client) => client.connections),
  };
}

async function carryOut(order: CrowdOrder): Promise<object> {
  if (order.do === "join") return join(order.url, order.clients);
  if (order.do === "level") return level(order.sinceMs);
  return order.do === "lateness" ? lateness() : judge(order);
}

const say = (answer: object) => console.log(JSON.stringify(answer));
createInterface({ input: process.stdin })
  .on("line", (line) => {
    carryOut(JSON.parse(line)).then(say, (cause: unknown) => say({ error: String(cause) }));
  })
  .on("close", () => process.exit());
say({ up: true });
