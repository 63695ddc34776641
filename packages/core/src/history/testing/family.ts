import { type Cell, counter, gauge, histogram, noise } from "./test-feed.js";

export const oddNumbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];

const kinds = ["counter", "gauge", "histogram"] as const;
const makers = { counter, gauge, histogram: (name: string) => histogram(name, [1, 2]) };

/**
 * Rows of a family of series that count up side by side, as cumulative buckets do: by the seed with values that are no
 * numbers, with resets, and with holes.
 */
export function familyOf(seed: number) {
  const chance = (row: number, at: number): number => (noise(row + seed * 997, at) + 1_000) / 2_001;
  const pick = <T>(of: readonly T[], at: number, otherwise: T): T =>
    of[(seed >>> at) % of.length] ?? otherwise;
  const width = 1 + (seed % 40);
  const rows = 1 + ((seed >>> 3) % 120);
  const oddShare = pick([0, 0.01, 0.3], 1, 0);
  const holes = pick([0, 0, 0.05, 0.6], 2, 0);
  const resets = pick([0, 0.05], 4, 0);
  const kind = pick([...kinds, "mixed" as const], 5, "mixed");
  const infos = Array.from({ length: width }, (_, at) => {
    return makers[kind === "mixed" ? (kinds[at % 3] ?? "gauge") : kind](`s${at}`);
  });
  const totals = new Float64Array(width * 4);
  const cells = Array.from({ length: rows }, (_, row) => {
    let grown = 0;
    const value = (place: number): number => {
      if (chance(row, place + 2_000) < oddShare) return oddNumbers[row % 4] ?? 0;
      if (chance(row, place + 3_000) < resets) totals[place] = 0;
      totals[place] = (totals[place] ?? 0) + grown;
      return totals[place];
    };
    return infos.map((info, at): Cell => {
      if (chance(row, at) < holes) return chance(row, at + 500) < 0.5 ? "absent" : "stale";
      grown += chance(row, at + 1_000) < 0.3 ? 1 : 0;
      return info.kind === "histogram" ? [0, 1, 2, 3].map((slot) => value(at * 4 + slot)) : value(at * 4);
    });
  });
  return { infos, cells };
}
