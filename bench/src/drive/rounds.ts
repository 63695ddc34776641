import type { ArmSpec } from "./arm-spec.js";
import { type BurstFigures, RunningArm } from "./running-arm.js";
import type { Tools } from "./tools.js";

export interface RoundsOptions {
  readonly rounds: number;
  readonly burstMs: number;
  readonly say: (text: string) => void;
  /** Uncounted bursts before: what every arm does is compiled after some 10,000 sends, not during what is counted. */
  readonly warmUps?: number;
  /** Uncounted ticks with few clients: bursts have too few for what an arm does once a tick. */
  readonly warmUpTicks?: number;
}

export type RoundFigures = ReadonlyMap<string, readonly BurstFigures[]>;

/** Runs all arms side by side: content checked first, then bursts in turn, each round from another arm on. */
export async function runRounds(
  tools: Tools,
  specs: readonly ArmSpec[],
  { rounds, burstMs, say, warmUps = 8, warmUpTicks = 2_000 }: RoundsOptions,
): Promise<RoundFigures> {
  const arms: RunningArm[] = [];
  try {
    for (const spec of specs) {
      const arm = await RunningArm.start(tools, spec);
      arms.push(arm);
      await arm.warmUp(warmUpTicks);
      await arm.open();
      await arm.check();
    }
    for (let round = 0; round < warmUps; round += 1) for (const arm of arms) await arm.burst(burstMs);
    const figures = new Map(specs.map(({ label }): [string, BurstFigures[]] => [label, []]));
    for (let round = 0; round < rounds; round += 1) {
      const at = round % arms.length;
      for (const arm of [...arms.slice(at), ...arms.slice(0, at)]) {
        figures.get(arm.spec.label)?.push(await arm.burst(burstMs));
      }
      say(`round ${round + 1} of ${rounds}`);
    }
    return figures;
  } finally {
    await Promise.all(arms.map((arm) => arm.close()));
  }
}
