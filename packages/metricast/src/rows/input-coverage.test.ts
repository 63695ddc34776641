import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inputCases } from "./input-cases.js";
import { answerTo, inputRows } from "./row-answers.js";

// Each row of bad input is sent to a server by input-rows.test.ts, or tested by a suite that stands for it; and no case of a
// row is forgotten.

const rows = inputRows();

/** Rows that are no server's to answer, and the suites that hold them. */
const elsewhere = new Map([
  ["B47", "packages/client/src"],
  ["B48", "packages/client/src"],
  ["B49", "packages/client/src"],
]);

/** Rows of the page: its own suites stand for them, by the list of proofs. */
const ofThePage = ["B50", "B51", "B52"];

/** Rows whose inputs a transport is held to by itself as well, without any core behind it. */
const framing = Array.from({ length: 14 }, (_, at) => `B${at + 1}`);

const sent = new Set(inputCases.map(({ row }) => row));

describe("the rows of bad input", () => {
  test.each(rows.map(({ id, title }) => [id, title]))("%s %s: is sent, or held elsewhere", (id) => {
    const places = [sent.has(id), elsewhere.has(id), ofThePage.includes(id)];
    expect(places.filter(Boolean)).toHaveLength(1);
  });

  test("are each answered in all their cases", () => {
    const told = new Set(inputCases.map(({ row, when }) => JSON.stringify([row, when])));
    const cases = rows
      .filter(({ id }) => sent.has(id))
      .flatMap(({ id, answer }) => answer.map(({ when }) => JSON.stringify([id, when])));
    expect(cases.filter((given) => !told.has(given))).toEqual([]);
    for (const { row, when } of inputCases) expect(() => answerTo(rows, row, when)).not.toThrow();
  });

  test("are told apart: no input is sent twice under one name", () => {
    const names = inputCases.map(({ row, when, input }) => `${row} ${when} ${input}`);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  test("name no row that is not there", () => {
    const known = rows.map(({ id }) => id);
    const named = [...sent, ...elsewhere.keys(), ...ofThePage, ...framing];
    expect(named.filter((id) => !known.includes(id))).toEqual([]);
  });
});

describe("a suite that stands for a row names it", () => {
  const root = new URL("../../../../", import.meta.url);
  const named = (path: string) => new Set(readFileSync(new URL(path, root), "utf8").match(/\bB\d+\b/g) ?? []);

  test.each(framing)("%s in the framing of ws", (id) => {
    expect(named("packages/transport-ws/src/framing.test.ts")).toContain(id);
  });

  test.each([...elsewhere])("%s in %s", (id, folder) => {
    const suites = readdirSync(new URL(folder, root)).filter((name) => name.endsWith(".test.ts"));
    expect(suites.flatMap((name) => [...named(`${folder}/${name}`)])).toContain(id);
  });

  test.each(ofThePage)("%s on the page", (id) => {
    expect(named("tools/reliability/proofs.ts")).toContain(id);
  });
});
