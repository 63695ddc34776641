import type { SeriesInfo } from "@metricast/protocol";

/** What tells a series from others: `name` or `name{label="value",…}` with labels in order. */
export function seriesKey({ name, labels }: Pick<SeriesInfo, "name" | "labels">): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((label) => `${label}=${JSON.stringify(labels[label])}`);
  return pairs.length > 0 ? `${name}{${pairs}}` : name;
}
