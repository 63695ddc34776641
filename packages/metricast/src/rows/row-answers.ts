import { readFileSync } from "node:fs";
import type { ResetReason, ResumeOutcome, WireCodeName } from "@metricast/protocol";

/** Reads the rows of bad input: what is answered to which, and nothing about how it is sent. */

/** What one case of a row is answered; tools/reliability-rows.test.ts holds its words to the protocol's tables. */
export interface RowAnswer {
  /** Tells apart the cases of a row. */
  readonly when?: string;
  readonly error?: WireCodeName;
  readonly field?: string;
  readonly close?: number;
  readonly http?: number;
  readonly outcome?: ResumeOutcome;
  readonly reason?: ResetReason;
  readonly behaviour?: string;
}

export interface InputRow {
  readonly id: string;
  readonly suite: "fault" | "input";
  readonly title: string;
  /** Absent: every one. */
  readonly transports?: readonly string[];
  readonly answer: readonly RowAnswer[];
}

export function inputRows(): readonly InputRow[] {
  const text = readFileSync(new URL("../../../../docs/reliability-rows.json", import.meta.url), "utf8");
  const { rows }: { rows: readonly InputRow[] } = JSON.parse(text);
  return rows.filter(({ suite }) => suite === "input");
}

/** Throws where there is no such row or case: an input that no row knows has no answer to be held to. */
export function answerTo(rows: readonly InputRow[], id: string, when?: string): RowAnswer {
  const answer = rows.find((row) => row.id === id)?.answer.find((given) => given.when === when);
  if (answer === undefined) throw new Error(`${id} has no answer for ${when ?? "its only case"}`);
  return answer;
}
