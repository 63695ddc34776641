import { Spoiler } from "@metricast/testkit";
import { systemClock } from "../../index.js";
import { type Mishap, mishapsOf } from "./mishap.js";
import { everyMs, pause, Scene } from "./scene.js";

export interface RoundOptions {
  readonly seed: number;
  /** For so long things go wrong. */
  readonly harmMs: number;
  /** So soon afterwards everybody has everything. */
  readonly healMs: number;
}

export interface Round {
  /** The seed, and what went wrong from when to when. */
  readonly story: string;
  readonly healedMs: number;
  readonly clients: number;
  /** Ticks that were neither shown nor declared missing, came twice, or were another's. */
  readonly faults: number;
  /** Ticks that were declared missing. */
  readonly declared: number;
}

interface Part {
  readonly mishap: Mishap;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Two to four mishaps at once, drawn by the seed, on a scene of their own; then a look at what everybody holds. */
export async function playRound({ seed, harmMs, healMs }: RoundOptions): Promise<Round> {
  const spoiler = new Spoiler(seed);
  const scene = await Scene.open();
  const parts = drawn(scene, spoiler, harmMs);
  const story = `seed ${seed}: ${parts.map(({ mishap, fromMs, toMs }) => `${mishap.name}, ${fromMs} to ${toMs} ms`).join("; ")}`;
  try {
    await Promise.all(
      parts.map(async ({ mishap, fromMs, toMs }) => {
        await pause(fromMs);
        await mishap.happen(() => pause(toMs - fromMs), spoiler);
      }),
    );
    const fromMs = systemClock.monotonicMs();
    const shown = scene.leastShown();
    await scene.agreed(() => scene.leastShown() > shown + 1_000 / everyMs, healMs);
    const verdicts = scene.verdicts();
    return {
      story,
      healedMs: systemClock.monotonicMs() - fromMs,
      clients: verdicts.length,
      faults: verdicts.reduce((sum, { lost, doubled, wrong }) => sum + lost + doubled + wrong, 0),
      declared: verdicts.reduce((sum, { declared }) => sum + declared, 0),
    };
  } catch (cause) {
    throw new Error(story, { cause });
  } finally {
    await scene.close();
  }
}

function drawn(scene: Scene, spoiler: Spoiler, harmMs: number): readonly Part[] {
  const mishaps = mishapsOf(scene);
  const parts: Part[] = [];
  for (let left = 2 + spoiler.below(3); left > 0; left -= 1) {
    const places = new Set(parts.map(({ mishap }) => mishap.place));
    const mishap = spoiler.pick(mishaps.filter(({ place }) => !places.has(place)));
    // The first half is for their beginnings, so that they meet.
    const fromMs = spoiler.below(harmMs / 2);
    parts.push({ mishap, fromMs, toMs: fromMs + Math.ceil(spoiler.chance() * (harmMs - fromMs)) });
  }
  return parts;
}
