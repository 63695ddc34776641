import { readFileSync } from "node:fs";
import { closeCodes, type ResetReason, type ResumeOutcome, wireCodes } from "@metricast/protocol";
import { describe, expect, test } from "vitest";

// The rows are read by the suites that put faults and bad input to a real server: a code that does not exist would
// make them wait for an answer that nobody gives.

type Fields = Readonly<Record<string, unknown>>;

const document: unknown = JSON.parse(
  readFileSync(new URL("../docs/reliability-rows.json", import.meta.url), "utf8"),
);
const rows = listOf(fieldsOf(document).rows);
const answers = rows.flatMap((row) => listOf(row.answer).map((answer) => ({ id: textOf(row.id), answer })));

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, k) => `${letter}${k + 1}`);
const suiteOf = new Map([
  ...numbered("F", 38).map((id) => [id, "fault"] as const),
  ...numbered("B", 53).map((id) => [id, "input"] as const),
]);
const rowKeys = ["id", "suite", "title", "fault", "input", "answer", "figure", "transports", "settled"];
const answerKeys = ["when", "error", "field", "close", "http", "outcome", "reason", "behaviour"];
const transports = ["ws", "uws", "sse", "http", "client", "page"];
const httpStatuses = [400, 403, 405, 414, 429, 431, 503];
// Records, so that the compiler knows when the protocol gets another.
const outcomes = { complete: 0, backfilled: 0, reset: 0 } satisfies Record<ResumeOutcome, 0>;
const reasons = { unknown_position: 0, epoch_changed: 0, expired: 0, ahead: 0 } satisfies Record<
  ResetReason,
  0
>;

describe("the rows of faults and bad input", () => {
  test("are all there, once each", () => {
    expect(rows.map((row) => row.id)).toEqual([...suiteOf.keys()]);
  });

  test.each(rows.map((row) => [textOf(row.id), row] as const))("%s has every member it needs", (id, row) => {
    expect(Object.keys(row).filter((key) => !rowKeys.includes(key))).toEqual([]);
    expect(row.suite).toBe(suiteOf.get(id));
    const cause = row.suite === "fault" ? "fault" : "input";
    for (const key of ["title", "figure", cause]) expect(textOf(row[key]), key).not.toBe("");
    expect(row[cause === "fault" ? "input" : "fault"]).toBeUndefined();
    expect(listOf(row.answer).length).toBeGreaterThan(0);
    if (row.transports !== undefined)
      expect(transports).toEqual(expect.arrayContaining(textsOf(row.transports)));
    if (row.settled !== undefined) expect(textOf(row.settled)).not.toBe("");
  });

  test("answer with something, in known members", () => {
    for (const { id, answer } of answers) {
      expect(
        Object.keys(answer).filter((key) => !answerKeys.includes(key)),
        id,
      ).toEqual([]);
      const said = ["error", "close", "http", "outcome", "behaviour"].some(
        (key) => answer[key] !== undefined,
      );
      expect(said, `${id} answers nothing`).toBe(true);
    }
  });

  test("tell the cases of a row apart", () => {
    for (const row of rows) {
      const cases = listOf(row.answer).map((answer) => answer.when);
      expect(new Set(cases).size, textOf(row.id)).toBe(cases.length);
    }
  });

  test("name only codes that exist", () => {
    const closes = Object.values(closeCodes).map(({ code }): unknown => code);
    const known: Record<string, readonly unknown[]> = {
      error: Object.keys(wireCodes),
      close: closes,
      http: httpStatuses,
      outcome: Object.keys(outcomes),
      reason: Object.keys(reasons),
    };
    for (const { id, answer } of answers) {
      for (const [key, words] of Object.entries(known)) {
        if (answer[key] !== undefined) expect(words, `${id}: ${key}`).toContain(answer[key]);
      }
    }
  });

  test("give a reset its reason, and nothing else one", () => {
    for (const { id, answer } of answers) {
      expect(answer.reason !== undefined, id).toBe(answer.outcome === "reset");
    }
  });

  test("mention no close code in words that does not exist", () => {
    const closes = new Set<number>(Object.values(closeCodes).map(({ code }) => code));
    const mentioned = answers.flatMap(
      ({ answer }) => textOf(answer.behaviour ?? "-").match(/\b4[05]\d\d\b/g) ?? [],
    );
    // 4500 to 4999 is the range that ends a client.
    expect(mentioned.map(Number).filter((code) => !closes.has(code) && code !== 4999)).toEqual([]);
  });
});

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null) throw new Error(`not an object: ${JSON.stringify(value)}`);
  return Object.fromEntries(Object.entries(value));
}

function listOf(value: unknown): Fields[] {
  if (!Array.isArray(value)) throw new Error(`not a list: ${JSON.stringify(value)}`);
  return value.map(fieldsOf);
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new Error(`not a string: ${JSON.stringify(value)}`);
  return value;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}
