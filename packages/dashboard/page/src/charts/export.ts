import type { Picture } from "./picture.js";

/** What a chart shows, as text that other programs read. */
export function csvOf(name: string, { times, lines }: Picture): string {
  const head = ["time", ...lines.map((line) => (lines.length > 1 ? `${name} ${line.name}` : name))];
  const rows = times.map((time, row) => [
    isoTime(time),
    ...lines.map(({ values }) => numberText(values[row])),
  ]);
  return [head, ...rows].map((cells) => cells.map(quoted).join(",")).join("\r\n");
}

export function jsonOf(name: string, { times, lines, measure }: Picture): string {
  const series = lines.map((line) => ({
    name: line.name,
    key: line.key,
    values: line.values,
    min: line.low,
    max: line.high,
  }));
  return JSON.stringify({
    metric: name,
    unit: measure.unit,
    perSecond: measure.isRate,
    times: times.map(isoTime),
    series,
  });
}

function isoTime(seconds: number): string {
  return new Date(Math.round(seconds * 1_000)).toISOString();
}

function numberText(value: number | null | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

/** Spreadsheets run what begins like a formula: such a text is kept from being one. */
function quoted(text: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
