import type { SeriesColumns } from "@metricast/client";

type Of<Kind> = Extract<SeriesColumns, { readonly kind: Kind }>;

/** Labels by which series can be told apart in fewer lines than there are series. */
export function gatherableLabels(
  series: readonly { readonly labels: Readonly<Record<string, string>> }[],
): string[] {
  const labels = new Set(series.flatMap((one) => Object.keys(one.labels)));
  return [...labels].sort().filter((label) => {
    const values = new Set(series.map((one) => one.labels[label] ?? ""));
    return values.size > 1 && values.size < series.length;
  });
}

/** One series for each value of a label: the sum of those that have it. All are of one metric. */
export function gatherBy(label: string): (series: readonly SeriesColumns[]) => SeriesColumns[] {
  return (series) => {
    const byValue = new Map<string, SeriesColumns[]>();
    for (const one of series) {
      const value = one.info.labels[label] ?? "";
      byValue.set(value, [...(byValue.get(value) ?? []), one]);
    }
    return [...byValue].flatMap(([value, members]) => {
      const [first] = members;
      if (!first) return [];
      const head = { key: `${label}=${value}`, info: { ...first.info, labels: { [label]: value } } };
      return [{ ...sumOf(first, members), ...head }];
    });
  };
}

function sumOf(first: SeriesColumns, members: readonly SeriesColumns[]): SeriesColumns {
  if (first.kind === "gauge")
    return gaugeSum(
      first,
      members.filter((one) => one.kind === "gauge"),
    );
  const count = mostOf(members.map((one) => one.count));
  if (first.kind === "counter") {
    const counters = members.filter((one) => one.kind === "counter");
    return { ...first, count, increase: added(counters.map(({ increase }) => increase)) };
  }
  const histograms = members.filter((one) => one.kind === "histogram");
  const slots = first.slots.map(({ last }, slot) => ({
    last,
    increase: added(histograms.flatMap(({ slots }) => slots[slot]?.increase ?? [])),
  }));
  return { ...first, count, slots };
}

/** Of what the values were on average: the least and the most of a sum nobody knows. */
function gaugeSum(first: Of<"gauge">, members: readonly Of<"gauge">[]): SeriesColumns {
  const total = added(members.map(({ count, sum }) => sum.map((value, row) => value / (count[row] ?? 0))));
  const count = total.map((value) => (Number.isNaN(value) ? 0 : 1));
  return { ...first, count, last: total, min: total, max: total, sum: total };
}

/** NaN where none has a value. */
function added(columns: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(columns[0]?.length ?? 0).fill(Number.NaN);
  for (const column of columns) {
    for (const [row, value] of column.entries()) {
      const before = total[row] ?? Number.NaN;
      if (!Number.isNaN(value)) total[row] = Number.isNaN(before) ? value : before + value;
    }
  }
  return total;
}

function mostOf(columns: readonly Float64Array[]): Float64Array {
  const [first = new Float64Array(), ...others] = columns;
  return first.map((count, row) => Math.max(count, ...others.map((column) => column[row] ?? 0)));
}
