import type { ArmSpec } from "../drive/arm-spec.js";
import type { Percentiles } from "../drive/load-client.js";
import { RunningArm } from "../drive/running-arm.js";
import { medianOf, quantileOf, spreadOf } from "../drive/statistics.js";
import { metricastSpec, peerSpec } from "./fan-out-comparison.js";
import type { Line, Row, RowContext } from "./row.js";

const clients = 5_000;
const series = 200;
const periodMs = 1_000;
const perSecond = 250;
const seconds = 6;

/** The route, and how the loop stood still, in one stretch of time. */
interface Stretch extends Percentiles {
  /** The longest stall of each second, ms. */
  readonly stallsMs: readonly number[];
}

interface ArmFigures {
  readonly label: string;
  readonly silent: Stretch[];
  readonly busy: Stretch[];
}

export const hostRouteRow: Row = {
  id: "10",
  name: `The host's own route while broadcasting to ${clients} clients at 1 Hz`,
  about:
    `A route of the same server is asked ${perSecond} times a second, whatever the answers take, in turn while ` +
    "nobody is sent anything and while everybody is. A stall is the longest delay of a timer of 1 ms within a " +
    "second, which has one broadcast. Its figure is the 90th percentile over seconds less that of the silent time: the longest of all is what " +
    "other processes on the core did, as the silent time shows. Clients of metricast are connected in the silent " +
    "time too, and its source is read.",
  async measure(context) {
    const specs = [
      metricastSpec({ clients, options: { series, intervalMs: periodMs, paced: true } }),
      peerSpec("ws-frame", series, clients),
      peerSpec("ws-once", series, clients),
    ];
    const arms: ArmFigures[] = [];
    for (const spec of specs) arms.push(await runArm(context, spec));
    const own = arms[0];
    const added =
      own === undefined
        ? Number.NaN
        : medianOf(own.busy.map((busy, at) => busy.p99 - (own.silent[at]?.p99 ?? 0)));
    const stall = own === undefined ? Number.NaN : Math.max(0, stallOf(own.busy) - stallOf(own.silent));
    return {
      figures: [
        { name: "p99 of the route, added ms", value: added, budget: { atMost: 5, unit: " ms" } },
        { name: "longest stall of one broadcast, ms", value: stall, budget: { atMost: 5, unit: " ms" } },
      ],
      lines: arms.flatMap(linesOf),
    };
  },
};

function stallOf(stretches: readonly Stretch[]): number {
  return quantileOf(
    stretches.flatMap(({ stallsMs }) => stallsMs),
    0.9,
  );
}

function linesOf({ label, silent, busy }: ArmFigures): Line[] {
  const line = (name: string, stretches: readonly Stretch[]): Line => ({
    name,
    figures: {
      "p50 ms": spreadOf(stretches.map(({ p50 }) => p50)),
      "p99 ms": spreadOf(stretches.map(({ p99 }) => p99)),
      "max ms": spreadOf(stretches.map(({ max }) => max)),
      "stall per s ms": spreadOf(stretches.flatMap(({ stallsMs }) => stallsMs)),
    },
  });
  return [line(`${label}, silent`, silent), line(`${label}, broadcasting`, busy)];
}

async function runArm({ tools, rounds = 3, say }: RowContext, spec: ArmSpec): Promise<ArmFigures> {
  const arm = await RunningArm.start(tools, spec);
  const figures: ArmFigures = { label: spec.label, silent: [], busy: [] };
  try {
    await arm.clients.open();
    await arm.clients.probe(arm.hostPort, "/host", perSecond, 1);
    for (let round = 0; round < rounds; round += 1) {
      figures.silent.push(await stretch(arm));
      figures.busy.push(await broadcasting(arm));
      say(`${spec.label}: round ${round + 1} of ${rounds}`);
    }
    return figures;
  } finally {
    await arm.close();
  }
}

async function stretch(arm: RunningArm): Promise<Stretch> {
  await arm.ask("stalls on");
  const route = await arm.clients.probe(arm.hostPort, "/host", perSecond, seconds);
  const { stallsMs } = await arm.ask("stalls off");
  return { ...route, stallsMs: Array.isArray(stallsMs) ? stallsMs.map(Number) : [] };
}

/** metricast's clients subscribe for this time; peers are told to tick. */
async function broadcasting(arm: RunningArm): Promise<Stretch> {
  if (arm.spec.arm === "metricast") {
    const view = await arm.watch();
    const result = await stretch(arm);
    const { least } = await arm.clients.await(0);
    if (least < seconds) throw new Error(`${least} frames arrived in ${seconds} s`);
    await arm.unwatch(view);
    return result;
  }
  const ticks = seconds - 1;
  await arm.begin();
  const [result] = await Promise.all([
    stretch(arm),
    arm.ask(`paced ${ticks} ${Date.now() + periodMs / 2} ${periodMs}`),
  ]);
  await arm.counted(ticks);
  return result;
}
