import type { Evidence } from "./evidence.js";
import type { Row } from "./rows.js";

// docs/reliability.md is written by several hands: the table stands between these, everything else is left as it is.
const begin = "<!-- rows: written by `npm run test:long` from docs/reliability.json -->";
const end = "<!-- /rows -->";

/** The page with the table of these rows in its place. Throws where the page has no place for it. */
export function withTable(page: string, rows: readonly Row[], evidence: readonly Evidence[]): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error("docs/reliability.md has no place for the table of rows");
  return `${page.slice(0, from)}${begin}\n\n${tableOf(rows, evidence)}\n\n${page.slice(to)}`;
}

export function tableOf(rows: readonly Row[], evidence: readonly Evidence[]): string {
  const lines = rows.map((row) =>
    lineOf(
      row,
      evidence.filter((line) => line.row === row.id),
    ),
  );
  return [
    "| row | promise | figure | measured | tests | |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

function lineOf(row: Row, mine: readonly Evidence[]): string {
  const measured = new Set(mine.map(({ figure }) => figure).filter((figure) => figure !== row.figure));
  const twins = mine.filter((line) => line.twin === true).length;
  const tests = mine.filter(({ test }) => test !== "none").length;
  const held = mine.every(({ passed }) => passed) ? "holds" : "**fails**";
  const cells = [
    row.id,
    row.title,
    row.figure,
    [...measured].join("; "),
    twins === 0 ? `${tests}` : `${tests}, ${twins} of them ${twins === 1 ? "a twin" : "twins"}`,
    tests === 0 ? "**not run**" : held,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
