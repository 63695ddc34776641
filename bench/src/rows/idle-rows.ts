import { pairedRatio } from "../drive/statistics.js";
import { metricastSpec, peerSpec } from "./fan-out-comparison.js";
import { type IdleRounds, idleExcess, idleFigures, idleLines, runIdleRounds } from "./idle-rounds.js";
import type { Row, RowContext } from "./row.js";

const clients = 5_000;
const series = 200;

const specs = [
  metricastSpec({ clients, options: { series, intervalMs: 1_000 } }),
  peerSpec("ws-once", series, clients),
  peerSpec("socket.io", series, clients),
];
const [ownLabel = "", wsLabel = "", socketIoLabel = ""] = specs.map(({ label }) => label);

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
    const heap = idleExcess(rounds, [ownLabel, wsLabel], ({ heapKib }) => heapKib);
    const rssOf = (label: string) => idleFigures(rounds, label, ({ rssKib }) => rssKib);
    const rss = (peer: string) => pairedRatio(rssOf(ownLabel), rssOf(peer));
    return {
      figures: [
        { name: "heap over bare ws, KiB", value: heap.median, budget: { atMost: 1, unit: " KiB" } },
        { name: "RSS vs bare ws", value: rss(wsLabel).median, budget: { atMost: 1.15, unit: "x" } },
        { name: "RSS vs Socket.IO", value: rss(socketIoLabel).median, budget: { atMost: 0.55, unit: "x" } },
      ],
      lines: idleLines(rounds, {
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
    const of = (label: string) => idleFigures(rounds, label, ({ acceptsPerSecond }) => acceptsPerSecond);
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
      lines: idleLines(rounds, {
        "accepts per s": ({ acceptsPerSecond }) => acceptsPerSecond,
        "CPU us per accept": ({ cpuUsPerAccept }) => cpuUsPerAccept,
        "joins per s": ({ joinsPerSecond }) => joinsPerSecond,
      }),
    };
  },
};

function runIdle(context: RowContext): Promise<IdleRounds> {
  return context.once("idle", () => runIdleRounds(context, specs));
}
