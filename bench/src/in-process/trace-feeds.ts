import type { Sample } from "@metricast/core";
import { foldFamily } from "../../../packages/sources/src/fold.js";
import type { Trace } from "../../../packages/testkit/src/traces.js";
import { seriesKey } from "../../../packages/testkit/src/wire-view.js";

/** A recorded trace as a source gives it, tick by tick. */
export interface TraceFeed {
  readonly ticks: number;
  /** What the source answers at a tick; what is absent is not in it. */
  samples(tick: number): Sample[];
}

/** Every row of the exposition as a series of its own. */
export function flatFeed({ series, rows }: Trace): TraceFeed {
  return {
    ticks: rows.length,
    samples: (tick) =>
      series.flatMap((info, index) => {
        const value = rows[tick]?.[index];
        return typeof value === "number" ? [{ ...info, value }] : [];
      }),
  };
}

/** `_bucket`, `_sum` and `_count` rows as histograms, as the sources for Prometheus do it. */
export function foldedFeed(trace: Trace): TraceFeed {
  const { series, rows } = trace;
  const families = new Set(
    series.flatMap(({ name }) => (name.endsWith("_bucket") ? [name.slice(0, -7)] : [])),
  );
  const familyOf = (name: string) => {
    const base = name.replace(/_(?:bucket|sum|count)$/, "");
    return families.has(base) ? base : undefined;
  };
  const membersOf = (family: string | undefined) =>
    [...series.keys()].filter((index) => familyOf(series[index]?.name ?? "") === family);
  const members = new Map([undefined, ...families].map((family) => [family, membersOf(family)]));
  return {
    ticks: rows.length,
    samples: (tick) => {
      const flat = flatSamples(trace, tick, members.get(undefined) ?? []);
      const folded = [...families].flatMap((name) => {
        const parts = flatSamples(trace, tick, members.get(name) ?? []);
        const family = { name, type: "histogram" as const };
        return foldFamily({
          ...family,
          rows: parts.map(({ name: row, labels = {}, value }) => ({
            name: row,
            labels,
            value: Number(value),
          })),
        });
      });
      return [...flat, ...folded];
    },
  };
}

function flatSamples({ series, rows }: Trace, tick: number, indexes: readonly number[]): Sample[] {
  return indexes.flatMap((index) => {
    const info = series[index];
    const value = rows[tick]?.[index];
    return info !== undefined && typeof value === "number" ? [{ ...info, value }] : [];
  });
}

/** Numbers that formats stumble over, and holes: series that are added to every trace to see that they arrive. */
export function withSpecials(trace: Trace): Trace {
  const specials: ((tick: number) => number | null)[] = [
    (tick) => (tick % 3 === 0 ? Number.NaN : tick / 10),
    (tick) => (tick % 4 === 0 ? Infinity : -tick),
    (tick) => (tick % 5 === 0 ? -Infinity : 2 ** 53 + 2 * tick),
    (tick) => (tick % 2 === 0 ? -0 : 0),
    (tick) => (tick % 7 < 3 ? null : Math.floor(tick / 7)),
    (tick) => (tick < 50 || tick % 90 > 80 ? null : tick * 1e-9),
    (tick) => (tick % 2 === 0 ? Number.MIN_VALUE * tick : Number.MAX_VALUE / (tick + 1)),
    (tick) => [Number.NaN, null, -0, Infinity, null, 0.1 + 0.2][tick % 6] ?? null,
  ];
  const infos = specials.map((_, at) => ({
    name: "special",
    labels: { at: String(at) },
    kind: "gauge" as const,
  }));
  return {
    ...trace,
    series: [...trace.series, ...infos],
    rows: trace.rows.map((row, tick) => [...row, ...specials.map((special) => special(tick))]),
  };
}

/** What a reader must hold of a sample: its number, or the slots of a histogram. */
export function slotsOf({ value }: Sample): readonly number[] {
  return typeof value === "number" ? [value] : [...value.counts, value.sum];
}

export function keyOf({ name, labels = {} }: Sample): string {
  return seriesKey({ name, labels });
}
