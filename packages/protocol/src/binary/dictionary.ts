import type { WireSeries } from "../wire-values.js";

/** Entries with more labels are written whole: shortened ones of a few bytes each would fill a reader's memory. */
const maxLabels = 64;

/**
 * Dictionary entries, shortened: an entry without a name is as the one before, but for the labels it gives. Families of
 * series with the same labels are most of every dictionary.
 */
export function compactDictionary(entries: readonly WireSeries[]): WireSeries[] {
  let before: WireSeries | undefined;
  return entries.map((entry) => {
    const labels = before && differingLabels(before, entry);
    before = entry;
    // No name: the reader takes all but these labels from the entry before.
    return labels ? ({ labels } as WireSeries) : entry;
  });
}

/** Undoes it; throws for what is no list of entries. */
export function expandDictionary(entries: readonly WireSeries[]): WireSeries[] {
  let before: WireSeries | undefined;
  return entries.map((entry) => {
    before = entry.name === undefined && before ? relabelled(before, entry.labels) : entry;
    return before;
  });
}

function relabelled(entry: WireSeries, other: WireSeries["labels"] = {}): WireSeries {
  const { labels = {} } = entry;
  const isSound = Object.keys(other).every((name) => Object.hasOwn(labels, name));
  if (!isSound || Object.keys(labels).length > maxLabels) throw new TypeError();
  return { ...entry, labels: { ...labels, ...other } };
}

/** Undefined where something else differs, too. */
function differingLabels(before: WireSeries, entry: WireSeries): Record<string, string> | undefined {
  const { labels: known = {}, ...rest } = before;
  const { labels = {}, ...own } = entry;
  const names = Object.keys(labels);
  if (names.length > maxLabels) return undefined;
  if (JSON.stringify([rest, Object.keys(known)]) !== JSON.stringify([own, names])) return undefined;
  return Object.fromEntries(Object.entries(labels).filter(([name, value]) => known[name] !== value));
}
