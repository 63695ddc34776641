import { type ArmName, type ArmSpec, armLabels, type Subprotocol } from "../drive/arm-spec.js";
import { type RoundFigures, runRounds } from "../drive/rounds.js";
import type { BurstFigures } from "../drive/running-arm.js";
import { pairedRatio, type Spread, spreadOf } from "../drive/statistics.js";
import type { Figure, Line, RowContext } from "./row.js";

/** What metricast is measured with where nothing else is said. */
export const fastest: Subprotocol = "metricast.v1.bin";

/** Longer than any tick of a burst takes, so that none comes by itself. */
export const intervalMs = 1_000;

export function metricastSpec(spec: Omit<ArmSpec, "arm" | "label"> & { readonly label?: string }): ArmSpec {
  const protocol = spec.protocol ?? fastest;
  return { label: `metricast (${protocol})`, ...spec, arm: "metricast", protocol };
}

/** The same behind the other door. */
export function metricastOverUws(spec: Pick<ArmSpec, "clients" | "options">): ArmSpec {
  return metricastSpec({ ...spec, label: "metricast over uWS", options: { ...spec.options, door: "uws" } });
}

export function peerSpec(arm: ArmName, series: number, clients: number): ArmSpec {
  return { arm, label: armLabels[arm], clients, options: { series, intervalMs } };
}

/** The C program needs a compiler: where there is none, its arm is left out and the table shows it. */
export function whatCanRun({ tools }: RowContext, specs: readonly ArmSpec[]): ArmSpec[] {
  return specs.filter(({ arm }) => arm !== "c-write" || tools.native !== undefined);
}

export interface Comparison {
  readonly lines: readonly Line[];
  /** How many times more of the first arm is delivered per second of CPU than of a peer. */
  ratioTo(peer: ArmName): Spread | undefined;
}

export interface ComparisonOptions {
  readonly rounds: number;
  readonly burstMs: number;
}

/** Bursts of all arms in turn; the first arm is the one that the others are compared with. */
export async function compareArms(
  context: RowContext,
  specs: readonly ArmSpec[],
  { rounds, burstMs }: ComparisonOptions,
): Promise<Comparison> {
  const { tools, say } = context;
  const run = whatCanRun(context, specs);
  const figures = await runRounds(tools, run, { rounds: context.rounds ?? rounds, burstMs, say });
  const own = figures.get(run[0]?.label ?? "") ?? [];
  const ratioTo = (label: string) => ratio(own, figures.get(label) ?? []);
  return {
    lines: run.map((spec) => lineOf(spec, figures, ratioTo(spec.label))),
    ratioTo: (peer) => (figures.has(armLabels[peer]) ? ratioTo(armLabels[peer]) : undefined),
  };
}

/** A budget that cannot be measured here is no figure. */
export function ratioFigures(
  comparison: Comparison,
  budgets: readonly { readonly peer: ArmName; readonly atLeast: number }[],
): Figure[] {
  return budgets.flatMap(({ peer, atLeast }) => {
    const value = comparison.ratioTo(peer)?.median;
    if (value === undefined) return [];
    return [{ name: `vs ${armLabels[peer]}`, value, budget: { atLeast, unit: "x" } }];
  });
}

function ratio(own: readonly BurstFigures[], other: readonly BurstFigures[]): Spread {
  return pairedRatio(perCpuSecond(own), perCpuSecond(other));
}

const perCpuSecond = (bursts: readonly BurstFigures[]) => bursts.map((burst) => burst.perCpuSecond);

function lineOf({ label }: ArmSpec, figures: RoundFigures, own: Spread): Line {
  const bursts = figures.get(label) ?? [];
  const spread = (pick: (burst: BurstFigures) => number) => spreadOf(bursts.map(pick));
  return {
    name: label,
    figures: {
      "bytes a tick": spread(({ payloadBytes }) => payloadBytes),
      "CPU us per tick and client": spread(({ cpuUs }) => cpuUs),
      "delivered per s of CPU": spread(({ perCpuSecond: rate }) => rate),
      "delivered per s": spread(({ perSecond }) => perSecond),
      "metricast vs it": own,
      "others on the core": spread(({ disturbed }) => disturbed ?? 0),
    },
  };
}
