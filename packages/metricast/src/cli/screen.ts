import { sparkline } from "./sparkline.js";
import type { WatchedRow } from "./watched-row.js";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const valueWidth = 16;
const longestSparkline = 40;
const frame = 4;
const clearBelow = "\x1b[J";
const clearLine = "\x1b[K";
const home = "\x1b[H";

/** What a terminal is told to show the rows under a status line, fitted to its size. */
export function paintScreen(
  status: string,
  rows: readonly WatchedRow[],
  { columns, rows: height }: Size,
): string {
  const room = Math.max(1, height - frame);
  const shown = rows.slice(0, room);
  const left = rows.length - shown.length;
  const lines = [status, "", ...shown.map((row) => rowLine(row, columns))];
  if (left > 0) lines.push(`and ${left} more (choose with --select)`);
  return (
    home + lines.map((line) => `${[...line].slice(0, columns).join("")}${clearLine}\n`).join("") + clearBelow
  );
}

function rowLine({ key, value, history }: WatchedRow, columns: number): string {
  const spark = Math.min(longestSparkline, Math.max(8, Math.floor(columns / 3)));
  const name = Math.max(10, columns - valueWidth - spark - 3);
  return `${fit(key, name)} ${value.padStart(valueWidth)}  ${sparkline(history, spark)}`;
}

function fit(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
