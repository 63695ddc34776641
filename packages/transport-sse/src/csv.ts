import {
  type Block,
  type BlockSeries,
  decodeBlock,
  isGaugeColumn,
  type ResultMessage,
  type SeriesInfo,
} from "@metricast/protocol";

const header = "time,name,labels,last,min,max,sum,count,increase";
const lineEnd = "\r\n";

/**
 * Points as lines, by RFC 4180: one for each series and point that is there. Of a histogram one for each bucket, which
 * counts what is in that bucket alone, and one for the sum.
 */
export function csvText(items: ResultMessage["items"]): string {
  const lines = items.flatMap(({ intervalMs, ...wire }) => {
    const block = decodeBlock(wire, () => undefined);
    return block.series.flatMap((series) => linesOf(series, block, intervalMs));
  });
  return [header, ...lines, ""].join(lineEnd);
}

function linesOf({ info, count, columns }: BlockSeries, block: Block, intervalMs: number): string[] {
  return columns.flatMap((column, slot) => {
    const [name, labels] = namesOf(info, slot);
    return Array.from(count).flatMap((samples, k) => {
      if (samples === 0) return [];
      const tick = Math.min(block.fromTick + (k + 1) * block.stepTicks, block.toTick);
      const values = isGaugeColumn(column)
        ? [column.last[k], column.min[k], column.max[k], column.sum[k], samples, undefined]
        : [column.last[k], undefined, undefined, undefined, samples, column.increase[k]];
      const time = new Date(tick * intervalMs).toISOString();
      return [[time, quoted(name), quoted(labels), ...values.map(numberText)].join()];
    });
  });
}

/** The name and labels of a series' slot, as Prometheus names the parts of a histogram. */
function namesOf({ name, labels, kind, bounds = [] }: SeriesInfo, slot: number): [string, string] {
  if (kind !== "histogram") return [name, labelText(labels)];
  if (slot > bounds.length) return [`${name}_sum`, labelText(labels)];
  return [`${name}_bucket`, labelText({ ...labels, le: String(bounds[slot] ?? "+Inf") })];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join();
}

function numberText(value: number | undefined): string {
  if (value === undefined) return "";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Text that a spreadsheet would take for a formula is led by an apostrophe. */
function quoted(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
