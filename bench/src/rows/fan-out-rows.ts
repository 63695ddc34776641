import { setTimeout as sleep } from "node:timers/promises";
import type { ArmName } from "../drive/arm-spec.js";
import { numberOf } from "../drive/line-process.js";
import { RunningArm } from "../drive/running-arm.js";
import {
  compareArms,
  intervalMs,
  metricastOverUws,
  metricastSpec,
  peerSpec,
  ratioFigures,
} from "./fan-out-comparison.js";
import { constant, type Line, type Row, type RowContext } from "./row.js";

const clients = 1_000;
const monitoredMs = 6_000;
const peers = ["ws-naive", "socket.io", "ws-once", "uws", "c-write", "ws-frame", "sse"] as const;

type Budgets = Readonly<Record<"ws-naive" | "socket.io" | "ws-once" | "uws" | "c-write", number>>;

/** Everybody watches everything: metricast sends what changed, the peers what they send, the whole snapshot as JSON. */
function fanOutRow(id: string, series: number, burstMs: number, budgets: Budgets): Row {
  return {
    id,
    name: `Ticks delivered per second of server CPU, ${clients} clients x ${series} series`,
    about:
      "Bursts: the next tick begins when every client has the one before. Every arm has ticked 2,000 times before " +
      "anybody came, and for eight bursts since. All arms in turn in every round; a ratio " +
      "is taken inside a round, then the median over rounds. Peers send the whole snapshot as JSON, as people do; " +
      "metricast sends what changed. CPU is user and system time of the server's whole process.",
    async measure(context) {
      const options = { series, intervalMs };
      const specs = [
        metricastSpec({ clients, options }),
        metricastSpec({ clients, options, protocol: "metricast.v1.json" }),
        metricastOverUws({ clients, options }),
        ...peers.map((arm) => peerSpec(arm, series, clients)),
      ];
      const comparison = await compareArms(context, specs, { rounds: 9, burstMs });
      const entries = Object.entries(budgets) as [ArmName, number][];
      const figures = ratioFigures(
        comparison,
        entries.map(([peer, atLeast]) => ({ peer, atLeast })),
      );
      const monitor = id === "5" ? [await statusMonitorLine(context)] : [];
      return { figures, lines: [...comparison.lines, ...monitor] };
    },
  };
}

/** What else there is for a dashboard's clients; it sends what it has, not what the others send. */
async function statusMonitorLine({ tools }: RowContext): Promise<Line> {
  const count = 200;
  const arm = await RunningArm.start(tools, peerSpec("status-monitor", 1, count));
  try {
    await arm.clients.open();
    await arm.clients.zero();
    const before = numberOf(await arm.ask("cpu"), "cpuMs");
    await sleep(monitoredMs);
    const cpuMs = numberOf(await arm.ask("cpu"), "cpuMs") - before;
    const { sum, payloadBytes } = await arm.clients.await(1);
    return {
      name: arm.spec.label,
      figures: {
        "bytes a tick": constant(payloadBytes / sum),
        "CPU us per tick and client": constant((1_000 * cpuMs) / sum),
      },
    };
  } finally {
    await arm.close();
  }
}

export const fanOutRows: readonly Row[] = [
  fanOutRow("5", 200, 300, { "ws-naive": 7, "socket.io": 1.7, "ws-once": 2, uws: 1, "c-write": 0.85 }),
  fanOutRow("6", 2_000, 400, { "ws-naive": 70, "socket.io": 4, "ws-once": 8.5, uws: 3.7, "c-write": 3 }),
];
