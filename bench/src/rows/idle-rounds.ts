import type { ArmSpec } from "../drive/arm-spec.js";
import { numberOf } from "../drive/line-process.js";
import { untilQuiet } from "../drive/quiet.js";
import { RunningArm } from "../drive/running-arm.js";
import { type Spread, spreadOf } from "../drive/statistics.js";
import type { Line, RowContext } from "./row.js";

export interface IdleFigures {
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

/** By the label of the arm. */
export type IdleRounds = ReadonlyMap<string, readonly IdleFigures[]>;

/** Clients come and stay idle, of one arm after the other in every round; each time in a new process. */
export async function runIdleRounds(
  { tools, rounds = 3, say }: RowContext,
  specs: readonly ArmSpec[],
): Promise<IdleRounds> {
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

/** One arm's figure in every round. */
export function idleFigures(rounds: IdleRounds, label: string, pick: (one: IdleFigures) => number): number[] {
  return (rounds.get(label) ?? []).map(pick);
}

/** By how much one arm's figure is above another's of the same round. */
export function idleExcess(
  rounds: IdleRounds,
  [own, other]: readonly [string, string],
  pick: (one: IdleFigures) => number,
): Spread {
  const others = idleFigures(rounds, other, pick);
  return spreadOf(idleFigures(rounds, own, pick).map((value, at) => value - (others[at] ?? 0)));
}

export function idleLines(rounds: IdleRounds, columns: Record<string, (one: IdleFigures) => number>): Line[] {
  return [...rounds].map(([name, list]) => ({
    name,
    figures: Object.fromEntries(
      Object.entries(columns).map(([column, pick]): [string, Spread] => [column, spreadOf(list.map(pick))]),
    ),
  }));
}

async function runOnce(arm: RunningArm): Promise<IdleFigures> {
  const { clients } = arm.spec;
  const perClient = (before: Memory, after: Memory) => ({
    heap: (after.heap - before.heap) / clients / 1_024,
    rss: (after.rss - before.rss) / clients / 1_024,
  });
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

/** Bytes. */
interface Memory {
  readonly heap: number;
  readonly rss: number;
}

async function memoryOf(arm: RunningArm): Promise<Memory> {
  const answer = await arm.ask("memory");
  return { heap: numberOf(answer, "heapUsed") + numberOf(answer, "external"), rss: numberOf(answer, "rss") };
}
