import type { SeriesInfo } from "./catalogue.js";

/** What tells the series of one metric apart: values of the labels they differ in. Keys are as given. */
export function lineNames(
  series: ReadonlyMap<string, Pick<SeriesInfo, "name" | "labels">>,
): Map<string, string> {
  const all = [...series.values()];
  const labels = new Set(all.flatMap((info) => Object.keys(info.labels)));
  const differing = [...labels].filter(
    (label) => new Set(all.map((info) => info.labels[label] ?? "")).size > 1,
  );
  const names = new Map<string, string>();
  for (const [key, info] of series) names.set(key, nameOf(info, all.length === 1 ? [...labels] : differing));
  return names;
}

function nameOf({ name, labels }: Pick<SeriesInfo, "name" | "labels">, shown: readonly string[]): string {
  const words = shown.map((label) => {
    const value = labels[label] ?? "";
    // A bare number says nothing without its label.
    return shown.length > 1 || /^[\d.]*$/.test(value) ? `${label}=${value}` : value;
  });
  return words.join(" ") || name;
}
