import type { ChannelInfo } from "@metricast/client";
import type { Measure } from "./units.js";

export type SeriesInfo = ChannelInfo["series"][number];

/** All series of one name: what one chart shows. */
export interface Metric {
  /** Channel and name: the same for as long as there is such a metric. */
  readonly id: string;
  readonly channel: string;
  readonly name: string;
  readonly kind: SeriesInfo["kind"];
  readonly unit: string;
  readonly help: string;
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly series: readonly SeriesInfo[];
}

/** The metrics of all channels; where series of one name are of different kinds, the first counts. */
export function metricsOf(channels: readonly ChannelInfo[]): Metric[] {
  const metrics = new Map<string, Metric & { series: SeriesInfo[] }>();
  for (const { channel, kind, intervalMs = 1_000, retentionMs, series } of channels) {
    if (kind !== "metrics") continue;
    for (const info of series) {
      const id = metricId(channel, info.name);
      const known = metrics.get(id);
      if (known?.kind === info.kind) known.series.push(info);
      if (known) continue;
      const { name, help = "" } = info;
      const words = { id, channel, name, kind: info.kind, unit: unitOf(info), help };
      metrics.set(id, { ...words, intervalMs, retentionMs, series: [info] });
    }
  }
  return [...metrics.values()];
}

function metricId(channel: string, name: string): string {
  return `${channel}/${name}`;
}

/** Counters are shown as what they grow by each second. */
export function measureOf({ kind, unit }: Pick<Metric, "kind" | "unit">): Measure {
  return { unit, isRate: kind === "counter" };
}

const known = new Set(["bytes", "seconds", "ratio", "percent", "celsius", "hertz", "volts", "amperes"]);
const more = new Set(["watts", "joules", "meters", "grams"]);
const otherWords: ReadonlyMap<string, string> = new Map([
  ["byte", "bytes"],
  ["second", "seconds"],
  ["s", "seconds"],
  ["sec", "seconds"],
  ["%", "percent"],
  ["1", ""],
  ["by", "bytes"],
]);

/** The unit as it is given, else as the name ends. */
export function unitOf({ name, unit }: Pick<SeriesInfo, "name" | "unit">): string {
  if (unit !== undefined && unit !== "") return otherWords.get(unit.toLowerCase()) ?? unit;
  const words = name
    .replace(/_(total|sum|count|max|min|avg)$/, "")
    .split(/[_.:-]/)
    .reverse();
  const [last = ""] = words;
  return known.has(last) || more.has(last) ? last : "";
}
