import type { ArmSpec } from "../drive/arm-spec.js";
import { numberOf } from "../drive/line-process.js";
import { untilQuiet } from "../drive/quiet.js";
import { RunningArm } from "../drive/running-arm.js";
import { pairedRatio, type Spread, spreadOf } from "../drive/statistics.js";
import { metricastSpec, peerSpec } from "./fan-out-comparison.js";
import type { Line, Row, RowContext } from "./row.js";

const clients = 5_000;
const series = 200;

interface IdleFigures {
  readonly heapKib: number;
  readonly rssKib: number;
  /** metricast alone: once every client was answered its `subscribe` too, and has its keyframe. */
  readonly subscribedHeapKib: number;
  readonly subscribedRssKib: number;
  readonly acceptsPerSecond: number;
  readonly cpuUsPerAccept: number;
  /** metricast alone: until every client was also answered its `subscribe`. */
  readonly joinsPerSecond: number;
}

const specs = [
  metricastSpec({ clients, options: { series, intervalMs: 1_000 } }),
  peerSpec("ws-once", series, clients),
  peerSpec("socket.io", series, clients),
];
const [ownLabel = "", wsLabel = "", socketIoLabel = ""] = specs.map(({ label }) => label);

type Rounds = ReadonlyMap<string, readonly IdleFigures[]>;

export const idleMemoryRow: Row = {
  id: "11",
  name: `Idle memory per client, ${clients} clients`,
  about:
    "A new process each time; garbage is collected before the clients come and after. Heap is used heap and external " +
    "memory. An idle client is connected, metricast's welcomed as well. Subscribed: metricast's watch 200 series and have " +
    "their keyframe; what RSS grows by is mostly V8's young generation, once for the process, after 5,000 joins at once. " +
    "Memory that the kernel holds is not in it.",
  async measure(context) {
    const rounds = await runIdle(context);
    const of = (label: string, pick: (one: IdleFigures) => number) => (rounds.get(label) ?? []).map(pick);
    const heap = of(ownLabel, ({ heapKib }) => heapKib).map(
      (own, at) => own - (of(wsLabel, ({ heapKib }) => heapKib)[at] ?? 0),
    );
    const rss = (peer: string) =>
      pairedRatio(
        of(ownLabel, ({ rssKib }) => rssKib),
        of(peer, ({ rssKib }) => rssKib),
      );
    return {
      figures: [
        { name: "heap over bare ws, KiB", value: spreadOf(heap).median, budget: { atMost: 1, unit: " KiB" } },
        { name: "RSS vs bare ws", value: rss(wsLabel).median, budget: { atMost: 1.15, unit: "x" } },
        { name: "RSS vs Socket.IO", value: rss(socketIoLabel).median, budget: { atMost: 0.55, unit: "x" } },
      ],
      lines: linesOf(rounds, {
        "heap KiB": ({ heapKib }) => heapKib,
        "RSS KiB": ({ rssKib }) => rssKib,
        "heap KiB, subscribed": ({ subscribedHeapKib }) => subscribedHeapKib,
        "RSS KiB, subscribed": ({ subscribedRssKib }) => subscribedRssKib,
      }),
    };
  },
};

export const acceptRow: Row = {
  id: "12",
  name: `Accepted connections per second, ${clients} clients, 128 in flight`,
  about:
    "A new process each time. An accepted client has: of ws, its upgrade; of Socket.IO, the answer to its connect; of " +
    "metricast, its `welcome`. Subscribing comes after that and is not in it; joins are both together.",
  async measure(context) {
    const rounds = await runIdle(context);
    const of = (label: string) => (rounds.get(label) ?? []).map(({ acceptsPerSecond }) => acceptsPerSecond);
    return {
      figures: [
        {
          name: "vs bare ws",
          value: pairedRatio(of(ownLabel), of(wsLabel)).median,
          budget: { atLeast: 0.85, unit: "x" },
        },
        {
          name: "vs Socket.IO",
          value: pairedRatio(of(ownLabel), of(socketIoLabel)).median,
          budget: { atLeast: 2, unit: "x" },
        },
      ],
      lines: linesOf(rounds, {
        "accepts per s": ({ acceptsPerSecond }) => acceptsPerSecond,
        "CPU us per accept": ({ cpuUsPerAccept }) => cpuUsPerAccept,
        "joins per s": ({ joinsPerSecond }) => joinsPerSecond,
      }),
    };
  },
};

function linesOf(rounds: Rounds, columns: Record<string, (one: IdleFigures) => number>): Line[] {
  return [...rounds].map(([name, list]) => ({
    name,
    figures: Object.fromEntries(
      Object.entries(columns).map(([column, pick]): [string, Spread] => [column, spreadOf(list.map(pick))]),
    ),
  }));
}

function runIdle(context: RowContext): Promise<Rounds> {
  return context.once("idle", () => runRoundsOf(context));
}

async function runRoundsOf({ tools, rounds = 3, say }: RowContext): Promise<Rounds> {
  const figures = new Map(specs.map(({ label }): [string, IdleFigures[]] => [label, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const spec of specs) {
      await untilQuiet(tools.serverCore, 2_000);
      figures.get(spec.label)?.push(await runOnce(await RunningArm.start(tools, spec)));
    }
    say(`round ${round + 1} of ${rounds}`);
  }
  return figures;
}

async function runOnce(arm: RunningArm): Promise<IdleFigures> {
  try {
    const before = await memoryOf(arm);
    const cpuBefore = numberOf(await arm.ask("cpu"), "cpuMs");
    const acceptMs = await arm.clients.open();
    const cpuMs = numberOf(await arm.ask("cpu"), "cpuMs") - cpuBefore;
    const idle = perClient(before, await memoryOf(arm));
    const subscribeMs = isMetricast(arm.spec) ? await arm.subscribe() : 0;
    const subscribed = isMetricast(arm.spec) ? perClient(before, await memoryOf(arm)) : idle;
    return {
      heapKib: idle.heap,
      rssKib: idle.rss,
      subscribedHeapKib: subscribed.heap,
      subscribedRssKib: subscribed.rss,
      acceptsPerSecond: clients / (acceptMs / 1_000),
      cpuUsPerAccept: (1_000 * cpuMs) / clients,
      joinsPerSecond: clients / ((acceptMs + subscribeMs) / 1_000),
    };
  } finally {
    await arm.close();
  }
}

const isMetricast = ({ arm }: ArmSpec) => arm === "metricast";

interface Memory {
  readonly heap: number;
  readonly rss: number;
}

/** KiB. */
function perClient(before: Memory, after: Memory): Memory {
  const share = (bytes: number) => bytes / clients / 1_024;
  return { heap: share(after.heap - before.heap), rss: share(after.rss - before.rss) };
}

async function memoryOf(arm: RunningArm): Promise<Memory> {
  const answer = await arm.ask("memory");
  return { heap: numberOf(answer, "heapUsed") + numberOf(answer, "external"), rss: numberOf(answer, "rss") };
}
