import { proofs } from "./proofs.js";
import type { Row } from "./rows.js";

/** One test that ran. */
export interface TestOutcome {
  /** From the root of the repository. */
  readonly file: string;
  /** Of the outermost suite first, of the test itself last. */
  readonly titles: readonly string[];
  readonly passed: boolean;
  /** What the test says it measured. */
  readonly figure?: string;
}

/** A line of docs/reliability.json. */
export interface Evidence {
  readonly row: string;
  readonly promise: string;
  readonly test: string;
  /** What was measured; what the row demands where the test says no number of its own. */
  readonly figure: string;
  readonly passed: boolean;
  /** The same with the protection off: it shows that the fault does harm there. */
  readonly twin?: true;
}

const named = /^((?:F|B)\d+(?:, (?:F|B)\d+)*)(?=[:( ])/;
const twin = /\btwin\b|^would\b|^without it\b/;

/** Rows that a title begins with, as in "F4: …", "B5 …" and "F4, F19: …". */
export function rowsOfTitle(title: string): readonly string[] {
  return named.exec(title)?.[1]?.split(", ") ?? [];
}

export function rowsOfTest({ file, titles }: Pick<TestOutcome, "file" | "titles">): readonly string[] {
  const listed = proofs.filter((proof) => proof.file === file && titles.includes(proof.test));
  return [...new Set([...titles.flatMap(rowsOfTitle), ...listed.flatMap(({ rows }) => rows)])];
}

/** What these tests show of each row; a row that nothing was run for is a line that failed. */
export function evidenceOf(rows: readonly Row[], outcomes: readonly TestOutcome[]): readonly Evidence[] {
  return rows.flatMap((row) => {
    const mine = outcomes.filter((outcome) => rowsOfTest(outcome).includes(row.id));
    if (mine.length === 0) return [{ ...lineOf(row), test: "none", passed: false }];
    return mine.map((outcome) => ({
      ...lineOf(row),
      ...(outcome.figure !== undefined && { figure: outcome.figure }),
      test: [outcome.file, ...outcome.titles].join(" > "),
      passed: outcome.passed,
      ...(twin.test(outcome.titles.at(-1) ?? "") && { twin: true as const }),
    }));
  });
}

function lineOf({ id, title, figure }: Row) {
  return { row: id, promise: title, figure };
}
