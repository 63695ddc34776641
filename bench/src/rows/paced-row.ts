import type { ArmSpec } from "../drive/arm-spec.js";
import { numberOf } from "../drive/line-process.js";
import type { Percentiles } from "../drive/load-client.js";
import { RunningArm } from "../drive/running-arm.js";
import { pairedRatio, type Spread, spreadOf } from "../drive/statistics.js";
import { metricastSpec, peerSpec, whatCanRun } from "./fan-out-comparison.js";
import type { Row, RowContext } from "./row.js";

const clients = 5_000;
const series = 200;
const periodMs = 2_000;
const ticksPerRound = 8;
const peers = ["ws-once", "ws-frame", "uws", "socket.io", "c-write"] as const;

interface PacedFigures extends Percentiles {
  /** Share of a core that the server's whole process used. */
  readonly share: number;
}

export const pacedRow: Row = {
  id: "9",
  name: `${clients} clients x ${series} series, a tick every ${periodMs / 1_000} s: server CPU and delivery`,
  about:
    "All arms hold their clients at once and tick by the clock, each in its own part of the period. Latency is from " +
    "just before a tick's values are made to the read that completed the message, over all clients and ticks; CPU is " +
    "everything the process did, heartbeats included. metricast runs on the system's clock and with its own defaults.",
  async measure(context) {
    const specs = whatCanRun(context, [
      metricastSpec({ clients, options: { series, intervalMs: periodMs, paced: true } }),
      ...peers.map((arm) => peerSpec(arm, series, clients)),
    ]);
    const figures = await runPaced(context, specs);
    const of = (label: string | undefined, pick: (one: PacedFigures) => number) =>
      (figures.get(label ?? "") ?? []).map(pick);
    const own = specs[0]?.label;
    const once = specs.find(({ arm }) => arm === "ws-once")?.label;
    const cpu = pairedRatio(
      of(own, ({ share }) => share),
      of(once, ({ share }) => share),
    );
    const p99 = pairedRatio(
      of(own, ({ p99 }) => p99),
      of(once, ({ p99 }) => p99),
    );
    return {
      figures: [
        { name: "CPU vs ws, stringify once", value: cpu.median, budget: { atMost: 0.6, unit: "x" } },
        { name: "p99 delivery vs ws, stringify once", value: p99.median, budget: { atMost: 1, unit: "x" } },
      ],
      lines: specs.map(({ label }) => ({ name: label, figures: columns(figures.get(label) ?? []) })),
    };
  },
};

function columns(rounds: readonly PacedFigures[]): Record<string, Spread> {
  const spread = (pick: (one: PacedFigures) => number) => spreadOf(rounds.map(pick));
  return {
    "CPU % of a core": spread(({ share }) => 100 * share),
    "p50 ms": spread(({ p50 }) => p50),
    "p99 ms": spread(({ p99 }) => p99),
    "max ms": spread(({ max }) => max),
  };
}

async function runPaced(
  context: RowContext,
  specs: readonly ArmSpec[],
): Promise<Map<string, PacedFigures[]>> {
  const { tools, rounds = 3, say } = context;
  const arms: RunningArm[] = [];
  try {
    for (const spec of specs) {
      const arm = await RunningArm.start(tools, spec);
      arms.push(arm);
      await arm.open();
      await arm.clients.keepLatencies(ticksPerRound);
    }
    const figures = new Map(specs.map(({ label }): [string, PacedFigures[]] => [label, []]));
    for (let round = 0; round < rounds; round += 1) {
      // Every arm begins to count after a tick of metricast and before its own.
      const firstMs = await afterTick(periodMs);
      await Promise.all(
        arms.map(async (arm, index) => {
          await arm.begin();
          figures.get(arm.spec.label)?.push(await paced(arm, firstMs + (index * periodMs) / arms.length));
        }),
      );
      say(`round ${round + 1} of ${rounds}`);
    }
    return figures;
  } finally {
    for (const arm of arms) await arm.close();
  }
}

/** Resolves between two ticks; to when the next but one of metricast is due. */
async function afterTick(intervalMs: number): Promise<number> {
  const next = (Math.floor(Date.now() / intervalMs) + 1) * intervalMs;
  await new Promise((resolve) => setTimeout(resolve, next - Date.now() + intervalMs * 0.4));
  return next + intervalMs;
}

async function paced(arm: RunningArm, firstMs: number): Promise<PacedFigures> {
  const answer = await arm.ask(`paced ${ticksPerRound} ${firstMs} ${periodMs}`);
  const { starts } = answer;
  if (!Array.isArray(starts) || starts.length < ticksPerRound) {
    throw new Error(
      `${arm.spec.label}: ${Array.isArray(starts) ? starts.length : 0} ticks of ${ticksPerRound}`,
    );
  }
  await arm.counted(ticksPerRound);
  const latencies = await arm.clients.latencies(starts.slice(0, ticksPerRound).map(String));
  return { ...latencies, share: numberOf(answer, "cpuMs") / (starts.length * periodMs) };
}
