import { beyond, type Evidence } from "./evidence.js";
import type { Row } from "./rows.js";

// docs/reliability.md is written by several hands: each table stands between two of these, everything else is left as it is.
const placeOf = (name: string) => ({
  begin: `<!-- ${name}: written by \`npm run test:long\` from docs/reliability.json -->`,
  end: `<!-- /${name} -->`,
});

/** The page with the tables of this evidence in their places. Throws where the page has no place for one. */
export function withTables(page: string, rows: readonly Row[], evidence: readonly Evidence[]): string {
  return inPlace(inPlace(page, "rows", tableOfRows(rows, evidence)), beyond, tableBeyond(evidence));
}

function inPlace(page: string, name: string, table: string): string {
  const { begin, end } = placeOf(name);
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/reliability.md has no place for the table ${name}`);
  return `${page.slice(0, from)}${begin}\n\n${table}\n\n${page.slice(to)}`;
}

function tableOfRows(rows: readonly Row[], evidence: readonly Evidence[]): string {
  const lines = rows.map((row) =>
    lineOf(
      row,
      evidence.filter((line) => line.row === row.id),
    ),
  );
  return [
    "| row | promise | figure | measured | tests | | last seen |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

function tableBeyond(evidence: readonly Evidence[]): string {
  const lines = evidence
    .filter(({ row }) => row === beyond)
    .map(({ promise, figure, passed, seen }) => cells(promise, figure, passed ? "holds" : "**fails**", seen));
  return ["| what | measured | | last seen |", "| --- | --- | --- | --- |", ...lines].join("\n");
}

function lineOf(row: Row, mine: readonly Evidence[]): string {
  const measured = new Set(mine.map(({ figure }) => figure).filter((figure) => figure !== row.figure));
  const twins = mine.filter((line) => line.twin === true).length;
  const tests = mine.filter(({ test }) => test !== "none").length;
  const held = mine.every(({ passed }) => passed) ? "holds" : "**fails**";
  return cells(
    row.id,
    row.title,
    row.figure,
    [...measured].join("; "),
    twins === 0 ? `${tests}` : `${tests}, ${twins} of them ${twins === 1 ? "a twin" : "twins"}`,
    tests === 0 ? "**not run**" : held,
    // The oldest: nothing in the line is older.
    tests === 0 ? "" : (mine.map(({ seen }) => seen).sort()[0] ?? ""),
  );
}

function cells(...texts: readonly string[]): string {
  return `| ${texts.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}
