import type { ChartClient } from "./chart-client.js";

export interface ChartVerdict {
  /** Points that were looked for. */
  readonly points: number;
  /** Of them: not in the chart in the end, or with another value. */
  readonly lost: number;
  /** Ticks that came twice, and ticks that came after a later one. */
  readonly disordered: number;
  /** Another value in a live frame that did not name who was missing. */
  readonly falseContinuity: number;
  readonly examples: readonly string[];
}

/** The ticks that each instance read. */
export type TicksRead = Readonly<Record<string, readonly number[]>>;

/** Holds one client's chart, and each frame that it was sent, against what the instances read up to `lastMs`. */
export async function judgeChart(
  client: ChartClient,
  read: TicksRead,
  intervalMs: number,
  lastMs: number,
): Promise<ChartVerdict> {
  const charts = await client.points();
  const firstMs = client.frames[0]?.timeMs ?? Infinity;
  const examples: string[] = [];
  const verdict = { points: 0, lost: 0, disordered: disorderOf(client), falseContinuity: 0 };
  for (const [name, ticks] of Object.entries(read)) {
    const chart = charts.get(`number_${name}`);
    for (const tick of ticks) {
      const timeMs = tick * intervalMs;
      if (timeMs < firstMs || timeMs > lastMs) continue;
      verdict.points += 1;
      if (chart?.get(timeMs) === tick) continue;
      verdict.lost += 1;
      examples.push(`${name} at ${tick}: ${chart?.get(timeMs)}`);
    }
    const falseOnes = falseFrames(client, name, new Set(ticks), intervalMs);
    verdict.falseContinuity += falseOnes.length;
    examples.push(...falseOnes);
  }
  return { ...verdict, examples: examples.slice(0, 5) };
}

export function addVerdicts(verdicts: readonly ChartVerdict[]): ChartVerdict {
  return verdicts.reduce((a, b) => ({
    points: a.points + b.points,
    lost: a.lost + b.lost,
    disordered: a.disordered + b.disordered,
    falseContinuity: a.falseContinuity + b.falseContinuity,
    examples: [...a.examples, ...b.examples].slice(0, 20),
  }));
}

function disorderOf({ frames }: ChartClient): number {
  return frames.filter(({ timeMs, isKeyframe }, at) => !isKeyframe && timeMs <= (frames[at - 1]?.timeMs ?? 0))
    .length;
}

function falseFrames(
  { frames }: ChartClient,
  name: string,
  ticks: ReadonlySet<number>,
  intervalMs: number,
): string[] {
  return frames.flatMap(({ timeMs, missing, isKeyframe, values }) => {
    const tick = timeMs / intervalMs;
    const shown = values.get(`number_${name}`);
    const isHonest = !ticks.has(tick) || missing.includes(name) || shown === tick;
    return isHonest ? [] : [`${name} shown as ${shown} at ${tick}${isKeyframe ? ", a keyframe" : ""}`];
  });
}
