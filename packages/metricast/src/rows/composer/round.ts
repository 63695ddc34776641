import { Spoiler } from "@metricast/testkit";
import { systemClock } from "../../index.js";
import { type Mishap, mishaps } from "./mishap.js";
import { doorNamed, type Part, type Plan, printed } from "./plan.js";
import { pause, Scene } from "./scene.js";

export interface RoundOptions {
  /** So soon after the last mishap everybody has everything. */
  readonly healMs: number;
  /** Of both services, beyond those of every scene. */
  readonly options?: string;
}

export interface Round {
  readonly healedMs: number;
  readonly clients: number;
  /** Ticks that were declared missing. */
  readonly declared: number;
}

/** A plan on a scene of its own; then a look at what everybody holds. What fails says the plan. */
export async function playRound(plan: Plan, options: RoundOptions): Promise<Round> {
  try {
    return await played(plan, options);
  } catch (cause) {
    throw new Error(printed(plan), { cause });
  }
}

async function played(plan: Plan, { healMs, options = "" }: RoundOptions): Promise<Round> {
  const spoiler = new Spoiler(plan.seed);
  const parts = plan.parts.map((part) => ({ ...part, mishap: mishapOf(part) }));
  const scene = await Scene.open(plan.doors.map(doorNamed), options);
  try {
    await Promise.all(
      parts.map(async ({ mishap, fromMs, toMs }) => {
        await pause(fromMs);
        await mishap.happen(scene, () => pause(toMs - fromMs), spoiler);
      }),
    );
    const fromMs = systemClock.monotonicMs();
    const shownMs = scene.shownThroughMs();
    await scene.agreed(() => scene.shownThroughMs() >= shownMs + 1_000, healMs);
    const verdicts = scene.verdicts();
    const faulty = verdicts.filter(({ lost, doubled, wrong }) => lost + doubled + wrong > 0);
    if (faulty.length > 0) throw new Error(JSON.stringify(faulty));
    return {
      healedMs: systemClock.monotonicMs() - fromMs,
      clients: verdicts.length,
      declared: verdicts.reduce((sum, { declared }) => sum + declared, 0),
    };
  } finally {
    await scene.close();
  }
}

function mishapOf({ place, what }: Part): Mishap {
  const mishap = mishaps.get(place)?.find((one) => one.what === what);
  if (mishap === undefined) throw new Error(`nothing is known of ${place}: ${what}`);
  return mishap;
}
