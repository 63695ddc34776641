import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Evidence, evidenceOf, type TestOutcome } from "./evidence.js";
import { withTables } from "./page.js";
import { reliabilityRows, root } from "./rows.js";
import { repositoryTests } from "./suites.js";

const json = new URL("docs/reliability.json", root);
const page = new URL("docs/reliability.md", root);

/** What was last seen of each row, and when. */
export function recordedEvidence(): readonly Evidence[] {
  return existsSync(json) ? JSON.parse(readFileSync(json, "utf8")) : [];
}

/** Writes what these files have just shown in place of what they showed before; of all others it stays. */
export function keepEvidence(files: readonly string[], outcomes: readonly TestOutcome[]): void {
  const rows = reliabilityRows();
  const others = new Set(repositoryTests().filter((file) => !files.includes(file)));
  const evidence = evidenceOf(rows, outcomes, {
    seen: presentState(),
    kept: recordedEvidence().filter(({ test }) => others.has(test.split(" > ")[0] ?? "")),
  });
  writeFileSync(json, `${JSON.stringify(evidence, null, 2)}\n`);
  writeFileSync(page, withTables(readFileSync(page, "utf8"), rows, evidence));
}

/** The day, and the commit with "+" where sources differ from it. */
function presentState(): string {
  const day = new Date().toISOString().slice(0, 10);
  const git = (...args: readonly string[]) =>
    execFileSync("git", args, { cwd: fileURLToPath(root), encoding: "utf8" }).trim();
  try {
    const changed = git("status", "--porcelain", "--", "packages", "tools");
    return `${day}, ${git("rev-parse", "--short", "HEAD")}${changed === "" ? "" : "+"}`;
  } catch {
    return day; // not a clone
  }
}
