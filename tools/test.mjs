// `npm test`: everything, on a machine that has Node and npm. The last line sums up all steps.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPackages } from "./build.mjs";
import { endOnSignals, runNode, tookSince } from "./command.mjs";
import { duplicates } from "./duplicates.mjs";
import { installDependencies } from "./install.mjs";
import { lint } from "./lint.mjs";
import { checkPackaging } from "./packaging.mjs";
import { installSystemPackages } from "./system-packages.mjs";
import { types } from "./types.mjs";
import { unused } from "./unused.mjs";
import { requireNode } from "./workspace.mjs";

const total = { passed: 0, failed: 0, skipped: 0 };

function count(counts) {
  for (const key of Object.keys(total)) total[key] += counts[key] ?? 0;
}

/** One check: its output is shown only when it fails. */
async function check(name, work) {
  const startedAt = performance.now();
  const { code, output } = await work();
  count(code === 0 ? { passed: 1 } : { failed: 1 });
  console.log(`${name}: ${code === 0 ? "ok" : "FAILED"} (${tookSince(startedAt)})`);
  if (code !== 0) console.log(output.trimEnd());
  return code === 0;
}

async function checkSources() {
  await check("lint", lint);
  await check("types", types);
  await check("unused", unused);
  await check("duplicates", duplicates);
}

async function checkPackages() {
  const built = await check("build", () => buildPackages());
  if (built) await check("packages", checkPackaging);
}

/** One pass of vitest, its output shown as it comes. */
async function testPass(name, args) {
  console.log(`\n${name}`);
  const folder = mkdtempSync(join(tmpdir(), "metricast-test-"));
  const file = join(folder, "counts.json");
  const { code } = await runNode("node_modules/vitest/vitest.mjs", ["run", ...args], {
    env: { METRICAST_COUNTS: file },
  });
  const counts = readCounts(file);
  rmSync(folder, { recursive: true, force: true });
  // A runner that fails without a failed test, or dies before it counted, is a failure of its own.
  if (code !== 0 && counts.failed === 0 && counts.skipped === 0) counts.failed = 1;
  count(counts);
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function runAll() {
  requireNode();
  await installSystemPackages();
  if (!(await installDependencies())) {
    count({ failed: 1 });
    return;
  }
  await Promise.all([checkSources(), checkPackages()]);
  await testPass("tests", []);
  await testPass("tests that are judged by time, one file after the other", ["--mode", "alone"]);
}

endOnSignals();
const startedAt = performance.now();
await runAll();
console.log(`\ntook ${tookSince(startedAt)}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
const skipFails = Boolean(process.env.CI) && total.skipped > 0;
process.exitCode = total.failed > 0 || total.passed === 0 || skipFails ? 1 : 0;
