// `npm run test:long`: the long suites, then every suite that stands for a row of docs/reliability-rows.json; what they
// show is written to docs/reliability.json and to the table of docs/reliability.md.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { evidenceOf, type TestOutcome } from "./evidence.js";
import { withTable } from "./page.js";
import { reliabilityRows, root } from "./rows.js";
import { rowSuites } from "./suites.js";

const folder = mkdtempSync(join(tmpdir(), "metricast-evidence-"));
const files = rowSuites().map(({ file }) => file);
const alone = files.filter((file) => file.endsWith(".alone.test.ts"));
const ordinary = files.filter((file) => !/\.(?:alone|long)\.test\.ts$/.test(file));

const passes: readonly (readonly string[])[] = [["--mode", "long"], ordinary, ["--mode", "alone", ...alone]];
const codes = passes.map((args, at) => testPass(args, join(folder, `${at}.json`)));
const outcomes = passes.flatMap((_, at) => outcomesIn(join(folder, `${at}.json`)));
rmSync(folder, { recursive: true, force: true });
writeEvidence(outcomes);
process.exitCode = Math.max(...codes);

function testPass(args: readonly string[], evidence: string): number {
  const vitest = fileURLToPath(new URL("node_modules/vitest/vitest.mjs", root));
  const { status } = spawnSync(process.execPath, [vitest, "run", ...args], {
    stdio: "inherit",
    cwd: root,
    env: { ...process.env, METRICAST_EVIDENCE: evidence },
  });
  return status ?? 1;
}

function outcomesIn(file: string): readonly TestOutcome[] {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return []; // the pass died before it ended; its rows are then not run
  }
}

function writeEvidence(all: readonly TestOutcome[]): void {
  const rows = reliabilityRows();
  const evidence = evidenceOf(rows, all);
  writeFileSync(new URL("docs/reliability.json", root), `${JSON.stringify(evidence, null, 2)}\n`);
  const page = new URL("docs/reliability.md", root);
  writeFileSync(page, withTable(readFileSync(page, "utf8"), rows, evidence));
}
