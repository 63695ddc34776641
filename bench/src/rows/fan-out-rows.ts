import type { ArmName } from "../drive/arm-spec.js";
import {
  compareArms,
  fastest,
  intervalMs,
  metricastSpec,
  peerSpec,
  ratioFigures,
} from "./fan-out-comparison.js";
import type { Row } from "./row.js";

const clients = 1_000;
const peers = ["ws-naive", "socket.io", "ws-once", "uws", "c-write", "ws-frame", "sse"] as const;

type Budgets = Readonly<Record<"ws-naive" | "socket.io" | "ws-once" | "uws" | "c-write", number>>;

/** Everybody watches everything: metricast sends what changed, the peers what they send, the whole snapshot as JSON. */
function fanOutRow(id: string, series: number, burstMs: number, budgets: Budgets): Row {
  return {
    id,
    name: `Ticks delivered per second of server CPU, ${clients} clients x ${series} series`,
    about:
      "Bursts: the next tick begins when every client has the one before. All arms in turn in every round; a ratio " +
      "is taken inside a round, then the median over rounds. Peers send the whole snapshot as JSON, as people do; " +
      "metricast sends what changed. CPU is user and system time of the server's whole process.",
    async measure(context) {
      const options = { series, intervalMs };
      const specs = [
        metricastSpec({ clients, options }),
        ...(fastest === "metricast.v1.json"
          ? []
          : [metricastSpec({ clients, options, protocol: "metricast.v1.json" })]),
        ...peers.map((arm) => peerSpec(arm, series, clients)),
      ];
      const comparison = await compareArms(context, specs, { rounds: 9, burstMs });
      const entries = Object.entries(budgets) as [ArmName, number][];
      const figures = ratioFigures(
        comparison,
        entries.map(([peer, atLeast]) => ({ peer, atLeast })),
      );
      return { figures, lines: comparison.lines };
    },
  };
}

export const fanOutRows: readonly Row[] = [
  fanOutRow("5", 200, 300, { "ws-naive": 7, "socket.io": 1.7, "ws-once": 2, uws: 1, "c-write": 0.85 }),
  fanOutRow("6", 2_000, 400, { "ws-naive": 70, "socket.io": 4, "ws-once": 8.5, uws: 3.7, "c-write": 3 }),
];
