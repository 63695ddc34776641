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
  /** The day and the commit. */
  readonly seen: string;
  /** The same with the protection off: it shows that the fault does harm there. */
  readonly twin?: true;
}

/** In place of a row, for what is measured beyond them. */
export const beyond = "beyond";

export interface Sighting {
  readonly seen: string;
  /** What was seen before, of other suites. */
  readonly kept: readonly Evidence[];
}

const named = /^((?:F|B)\d+(?:, (?:F|B)\d+)*)(?=[:( ])/;
const none = "none";

/** Whether a test's title says that its protection is off. */
export function isTwin(title: string): boolean {
  return /\btwin\b|^would\b|^without it\b/.test(title);
}

/** Rows that a title begins with, as in "F4: …", "B5 …" and "F4, F19: …". */
export function rowsOfTitle(title: string): readonly string[] {
  return named.exec(title)?.[1]?.split(", ") ?? [];
}

export function rowsOfTest({ file, titles }: Pick<TestOutcome, "file" | "titles">): readonly string[] {
  const listed = proofs.filter((proof) => proof.file === file && titles.includes(proof.test));
  return [...new Set([...titles.flatMap(rowsOfTitle), ...listed.flatMap(({ rows }) => rows)])];
}

/** What these tests and those before show of each row; a row that nothing was run for is a line that failed. */
export function evidenceOf(
  rows: readonly Row[],
  outcomes: readonly TestOutcome[],
  { seen, kept }: Sighting,
): readonly Evidence[] {
  const ofRows = rows.flatMap((row) => {
    const mine = outcomes.filter((outcome) => rowsOfTest(outcome).includes(row.id));
    const lines = [
      ...kept.filter((line) => line.row === row.id && line.test !== none),
      ...mine.map((outcome) => lineOf(row, outcome, seen)),
    ];
    return lines.length > 0
      ? lines.sort((a, b) => (a.test < b.test ? -1 : 1))
      : [{ ...promiseOf(row), test: none, passed: false, seen: "never" }];
  });
  const others = outcomes
    .filter((outcome) => rowsOfTest(outcome).length === 0)
    .map((outcome) => lineOf({ id: beyond, title: outcome.titles.join(": "), figure: "" }, outcome, seen));
  return [...ofRows, ...kept.filter(({ row }) => row === beyond), ...others];
}

function lineOf(row: Pick<Row, "id" | "title" | "figure">, outcome: TestOutcome, seen: string): Evidence {
  return {
    ...promiseOf(row),
    ...(outcome.figure !== undefined && { figure: outcome.figure }),
    test: [outcome.file, ...outcome.titles].join(" > "),
    passed: outcome.passed,
    seen,
    ...(isTwin(outcome.titles.at(-1) ?? "") && { twin: true as const }),
  };
}

function promiseOf({ id, title, figure }: Pick<Row, "id" | "title" | "figure">) {
  return { row: id, promise: title, figure };
}
