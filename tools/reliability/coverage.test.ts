import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inputCases } from "../../packages/metricast/src/rows/input-cases.js";
import { beyond, evidenceOf, isTwin, rowsOfTest, rowsOfTitle } from "./evidence.js";
import { withTables } from "./page.js";
import { planOf } from "./plan.js";
import { proofs } from "./proofs.js";
import { recordedEvidence } from "./record.js";
import { reliabilityRows, root } from "./rows.js";
import { repositoryTests, rowSuites, rowsInTitles } from "./suites.js";
import { twins } from "./twins.js";

// Every row has a test that stands for it; what the last long run saw of them is on the page as it was written.

const rows = reliabilityRows();
const suites = rowSuites();

describe("the rows of faults and bad input", () => {
  const named = new Set(suites.flatMap(({ text }) => rowsInTitles(text)));
  const listed = new Set(proofs.flatMap((proof) => proof.rows));
  // rows/input-coverage.test.ts holds the cases to be whole.
  const sent = new Set(inputCases.map(({ row }) => row));

  test.each(rows.map(({ id, title }) => [id, title]))("%s %s: some test stands for it", (id) => {
    expect(named.has(id) || listed.has(id) || sent.has(id)).toBe(true);
  });

  test("are all there are: no title and no proof names another", () => {
    const known = new Set(rows.map(({ id }) => id));
    expect([...named, ...listed].filter((id) => !known.has(id))).toEqual([]);
  });
});

describe("a proof", () => {
  test.each(proofs.map(({ file, test: title }) => [file, title]))("%s: %s", (file, title) => {
    expect(readFileSync(new URL(file, root), "utf8")).toContain(`"${title}"`);
  });
});

describe("evidence", () => {
  const one = { id: "F1", suite: "fault", title: "one", figure: "5 s" } as const;

  test("is of the rows that titles begin with, and of those listed", () => {
    expect(rowsOfTitle("F4, F19: all come back")).toEqual(["F4", "F19"]);
    expect(rowsOfTitle("B5 (when) it comes")).toEqual(["B5"]);
    expect(rowsOfTitle("a F4 in the middle")).toEqual([]);
    expect(rowsOfTitle("F16 of B")).toEqual(["F16"]);
    expect(rowsOfTest({ file: "a.test.ts", titles: ["F1: x", "B2 y"] })).toEqual(["F1", "B2"]);
    const [{ file, test: title, rows: of } = { file: "", test: "", rows: [] }] = proofs;
    expect(rowsOfTest({ file, titles: ["around", title] })).toEqual(of);
  });

  test("says what was measured, which tests are twins, and which rows nobody ran", () => {
    const two = [
      { id: "F1", suite: "fault", title: "one", figure: "0 lost" },
      { id: "F2", suite: "fault", title: "two", figure: "5 s" },
    ] as const;
    const outcomes = [
      { file: "a", titles: ["F1: holds"], passed: true, figure: "0 of 9 lost" },
      { file: "a", titles: ["F1: twins", "would lose without it"], passed: false },
    ];
    const seen = "today";
    const first = evidenceOf(two, outcomes, { seen, kept: [] });
    expect(first).toEqual([
      { row: "F1", promise: "one", test: "a > F1: holds", figure: "0 of 9 lost", passed: true, seen },
      {
        row: "F1",
        promise: "one",
        test: "a > F1: twins > would lose without it",
        figure: "0 lost",
        passed: false,
        seen,
        twin: true,
      },
      { row: "F2", promise: "two", test: "none", figure: "5 s", passed: false, seen: "never" },
    ]);
  });

  test("of suites that did not run stays as it was seen; what stands for no row is told beyond them", () => {
    const kept = evidenceOf([one], [{ file: "a", titles: ["F1: holds"], passed: true }], {
      seen: "before",
      kept: [],
    });
    const outcomes = [{ file: "b", titles: ["all at once"], passed: true, figure: "0 lost" }];
    expect(evidenceOf([one], outcomes, { seen: "today", kept })).toEqual([
      { row: "F1", promise: "one", test: "a > F1: holds", figure: "5 s", passed: true, seen: "before" },
      {
        row: beyond,
        promise: "all at once",
        test: "b > all at once",
        figure: "0 lost",
        passed: true,
        seen: "today",
      },
    ]);
  });
});

describe("a long run", () => {
  test("has a run for each long suite of metricast, and none that is timed beside another", () => {
    const { besides, calm } = planOf([]);
    const files = [...besides, ...calm].flatMap((job) => job.files);
    const long = repositoryTests().filter((file) => file.endsWith(".long.test.ts"));
    expect(long.filter((file) => !files.includes(file))).toEqual([
      "tools/node-versions.long.test.ts",
      "tools/strangers.long.test.ts",
    ]);
    expect(new Set(files).size).toBe(files.length);
    expect(besides.flatMap((job) => job.files).filter((file) => file.includes(".alone."))).toEqual([]);
  });

  test("of a word is what is called so", () => {
    const { besides, calm } = planOf(["soak"]);
    expect(besides.map(({ name }) => name)).toEqual([
      "packages/metricast/src/rows/soak/soak.long.test.ts",
      "1 short suites",
    ]);
    expect(calm).toEqual([]);
  });
});

describe("a protection", () => {
  const faults = rows.filter(({ suite }) => suite === "fault").map(({ id }) => id);

  test.each(faults)("of %s has a twin", (row) => {
    expect(twins.some((twin) => twin.rows.includes(row))).toBe(true);
  });

  test.each(twins.map(({ test: title }) => title))("is off, by the title: %s", (title) => {
    expect(isTwin(title)).toBe(true);
  });
});

describe("the last long run", () => {
  test("is on the page as it was written", () => {
    const page = readFileSync(new URL("docs/reliability.md", root), "utf8");
    expect(withTables(page, rows, recordedEvidence())).toBe(page);
  });
});
