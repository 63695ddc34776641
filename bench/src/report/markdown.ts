import type { Line, Row } from "../rows/row.js";
import type { Entry } from "./entry.js";

/** The page that people read. */
export function pageOf(rows: readonly Row[], entries: readonly Entry[], machine: string): string {
  const measured = rows.flatMap((row) => {
    const entry = entries.find(({ id }) => id === row.id);
    return entry === undefined ? [] : [{ row, entry }];
  });
  const parts = [
    introduction(machine),
    "## Budgets",
    table(
      ["#", "what", "figure", "value", "budget", "met"],
      measured.flatMap(({ entry }) => summaryOf(entry)),
    ),
    ...measured.flatMap(({ row, entry }) => [
      `## ${row.id}. ${row.name}`,
      row.about,
      table(
        columnsOf(entry.peers),
        entry.peers.map((line) => cellsOf(line, columnsOf(entry.peers))),
      ),
      `Measured ${entry.measured.at} at ${entry.measured.commit}, ${entry.measured.rounds}.`,
    ]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function introduction(machine: string): string {
  return [
    "# Benchmarks",
    "What `npm run bench` measured; it writes this page and `benchmarks.json`. Everything is a comparison of arms that " +
      "ran in one session, in turn, on one machine: **use the ratios, the absolute figures belong to the machine.** " +
      "Cells are medians over rounds, with min-max.",
    `Machine: ${machine}.`,
    "To reproduce: `npm run bench`, about 25 minutes; `npm run bench -- --rows 5,6 --rounds 3` runs a part and updates " +
      "only that. Two cores or more and a C compiler are wanted: the server's process is held to core 0, the load " +
      "client, a C program of one thread, to core 1. Without a compiler a load client in Node takes its place, which " +
      "is slower than some of the servers, and the C arm is left out.",
    "Before time is taken, answers are checked: of every arm some ticks are decoded and compared with the server's " +
      "values, all clients must have had the same bytes, and after every burst what was sent is what every client " +
      "received, or the run fails. metricast runs through its public API, with the limits raised that a load from " +
      "one address would meet.",
  ].join("\n\n");
}

function summaryOf({ id, name, value, budget }: Entry): string[][] {
  return Object.entries(value).map(([figure, number], index) => {
    const text = budget[figure] ?? "";
    return [
      index === 0 ? id : "",
      index === 0 ? name : "",
      figure,
      format(number),
      text,
      isWithin(number, text) ? "yes" : "**no**",
    ];
  });
}

function isWithin(value: number, budget: string): boolean {
  const bound = Number.parseFloat(budget.slice(3));
  return budget.startsWith(">=") ? value >= bound : value <= bound;
}

function columnsOf(lines: readonly Line[]): string[] {
  return ["", ...new Set(lines.flatMap(({ figures }) => Object.keys(figures)))];
}

function cellsOf({ name, figures }: Line, columns: readonly string[]): string[] {
  return columns.map((column, index) => {
    if (index === 0) return name;
    const spread = figures[column];
    if (spread === undefined) return "";
    const { median, min, max } = spread;
    return min === max ? format(median) : `${format(median)} (${format(min)}-${format(max)})`;
  });
}

export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

/** Three digits, thousands apart. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString("en-GB").replaceAll(",", " ");
  return String(Number(value.toPrecision(3)));
}
