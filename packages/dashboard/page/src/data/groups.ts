import type { Metric } from "./catalogue.js";

/** Charts that stand together. */
export interface Group {
  readonly id: string;
  readonly title: string;
  readonly metrics: readonly Metric[];
}

/** A group above this size is split by the next word of its names. */
const largeGroup = 12;
/** Longer names are split again only where that is much too large. */
const hugeGroup = 60;
/** A smaller group than this joins those that begin as it does. */
const smallGroup = 2;
const maxWords = 3;
/** Groups that fit into one row of charts together share it. */
const fullRow = 4;
/** What one looks at first comes first; what every process has comes last. */
const vital = /(^|_)(cpu|load|memory|disk|filesystem|network|http|requests?)(_|$)/;
const runtime = /^(process|nodejs|event_loop|gc|go|promhttp|scrape|python|jvm)_/;

/** Groups by the words that names begin with; within a group, by unit, then by name. */
export function groupsOf(metrics: readonly Metric[]): Group[] {
  const split = splitByWord(metrics, 1);
  const groups = [...split].map(([title, members]) => ({
    id: title,
    title: title.replaceAll("_", " "),
    metrics: members.toSorted(byUnitAndName),
  }));
  return joinSmall(groups.sort((a, b) => rankOf(a) - rankOf(b) || compare(a.id, b.id)));
}

function rankOf({ id, metrics: [first] }: Group): number {
  if (runtime.test(first?.name ?? "")) return 2;
  return vital.test(id) ? 0 : 1;
}

/** Neighbours that are small stand together: a row with a single chart is mostly empty. */
function joinSmall(groups: readonly Group[]): Group[] {
  const joined: Group[] = [];
  for (const group of groups) {
    const last = joined.at(-1);
    if (!last || last.metrics.length + group.metrics.length > fullRow) joined.push(group);
    else {
      const { id, title, metrics } = group;
      joined.splice(-1, 1, {
        id: `${last.id} ${id}`,
        title: `${last.title} · ${title}`,
        metrics: [...last.metrics, ...metrics],
      });
    }
  }
  return joined;
}

function splitByWord(metrics: readonly Metric[], words: number): Map<string, Metric[]> {
  const groups = new Map<string, Metric[]>();
  for (const metric of metrics) {
    const prefix = prefixOf(metric.name, words);
    groups.set(prefix, [...(groups.get(prefix) ?? []), metric]);
  }
  const result = new Map<string, Metric[]>();
  for (const [prefix, members] of groups) {
    if (members.length <= (words > 1 ? hugeGroup : largeGroup) || words >= maxWords)
      result.set(prefix, members);
    else addParts(result, prefix, splitByWord(members, words + 1));
  }
  return result;
}

/** Parts of a group, and the small ones among them as what is left of it. */
function addParts(result: Map<string, Metric[]>, prefix: string, parts: Map<string, Metric[]>): void {
  const rest = [...parts.values()].filter(({ length }) => length < smallGroup).flat();
  if (rest.length > 0) result.set(prefix, [...(parts.get(prefix) ?? []), ...rest]);
  for (const [title, members] of parts) {
    if (members.length >= smallGroup && !result.has(title)) result.set(title, members);
  }
}

function prefixOf(name: string, words: number): string {
  const parts = name.split(/[_.:/-]/).filter(Boolean);
  return parts.slice(0, words).join("_") || name;
}

/** A metric that only has labels to tell, and is always 1, comes last. */
function byUnitAndName(a: Metric, b: Metric): number {
  const tells = ({ name }: Metric) => (name.endsWith("_info") ? 1 : 0);
  return tells(a) - tells(b) || compare(a.unit, b.unit) || compare(a.name, b.name);
}

/** By code units, so that the order is everywhere the same. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
