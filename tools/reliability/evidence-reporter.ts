import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { rowsOfTest, type TestOutcome } from "./evidence.js";
import { root } from "./rows.js";

/** With METRICAST_EVIDENCE set, what became of the tests that stand for a row, or say a figure, goes to that file as JSON. */
export default class EvidenceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const file = process.env.METRICAST_EVIDENCE;
    if (!file) return;
    const outcomes = modules.flatMap((module) => [...module.children.allTests()].map(outcomeOf));
    writeFileSync(file, JSON.stringify(outcomes.filter(isEvidence)));
  }
}

function isEvidence(outcome: TestOutcome): boolean {
  return outcome.figure !== undefined || rowsOfTest(outcome).length > 0;
}

function outcomeOf(test: TestCase): TestOutcome {
  const { figure } = test.meta();
  return {
    file: relative(fileURLToPath(root), test.module.moduleId).replaceAll("\\", "/"),
    titles: titlesOf(test),
    passed: test.result().state === "passed",
    ...(figure !== undefined && { figure }),
  };
}

function titlesOf(test: TestCase): readonly string[] {
  const titles = [test.name];
  for (let above = test.parent; above.type === "suite"; above = above.parent) titles.unshift(above.name);
  return titles;
}
