import type { Subscription } from "@metricast/client";
import { intervalMs } from "./interval.js";

export interface TickVerdict {
  /** Ticks that have a point. */
  readonly shown: number;
  /** Ticks that are neither in a point nor declared missing: lost, and passed off as continuous. */
  readonly lost: number;
  readonly doubled: number;
  /** Points whose value is another tick's. */
  readonly wrong: number;
  /** Ticks that were declared missing. */
  readonly declared: number;
}

/** What a client holds, judged against a service whose every tick is a point with its own number as the value. */
export function tickVerdict({ series }: Pick<Subscription, "series">, everyMs = intervalMs): TickVerdict {
  const { times, series: columns } = series.columns();
  const column = columns.find(({ info }) => info.name === "tick");
  const points = Array.from(times, (time, at) => ({
    tick: Math.round(time / everyMs),
    samples: column?.count[at] ?? 0,
    at,
  })).filter(({ samples }) => samples > 0);
  const ticks = points.map(({ tick }) => tick);
  const [first = 0, last = -1] = [ticks[0], ticks.at(-1)];
  const gone = declaredTicks(series.gaps, everyMs);
  const held = new Set(ticks);
  const all = Array.from({ length: last - first + 1 }, (_, k) => first + k);
  const values = column?.kind === "gauge" ? column.last : [];
  return {
    shown: held.size,
    lost: lostBetween(points, gone),
    doubled: ticks.length - held.size,
    wrong: points.filter(
      ({ tick, samples, at }) => samples === 1 && values[at] !== (tick * everyMs) / intervalMs,
    ).length,
    declared: all.filter((tick) => !held.has(tick) && gone.has(tick)).length,
  };
}

/** A coarse point stands for as many ticks as it has samples; the others since the point before must be declared missing. */
function lostBetween(
  points: readonly { readonly tick: number; readonly samples: number }[],
  gone: ReadonlySet<number>,
): number {
  return points.slice(1).reduce((sum, { tick, samples }, k) => {
    const before = points[k]?.tick ?? tick;
    const between = Array.from({ length: Math.max(0, tick - before) }, (_, at) => before + 1 + at);
    const undeclared = between.filter((one) => !gone.has(one)).length;
    return sum + Math.max(0, undeclared - samples);
  }, 0);
}

/** (fromMs, toMs] of each gap, as ticks. */
function declaredTicks(gaps: Subscription["series"]["gaps"], everyMs: number): ReadonlySet<number> {
  return new Set(
    gaps.flatMap(({ fromMs, toMs }) => {
      const from = Math.round(fromMs / everyMs);
      return Array.from({ length: Math.round(toMs / everyMs) - from }, (_, k) => from + k + 1);
    }),
  );
}
