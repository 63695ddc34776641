// `npm run test:long`: the long suites and every suite that stands for a row of docs/reliability-rows.json. What each shows is written
// to docs/reliability.json and to the tables of docs/reliability.md as soon as it has ended. `npm run test:long -- soak fuzz` runs those
// whose path has one of the words; of the others stays what was last seen.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { endOnSignals, runNode, tookSince } from "../command.mjs";
import buildPage from "../page-build.js";
import type { TestOutcome } from "./evidence.js";
import { type Job, planOf } from "./plan.js";
import { keepEvidence } from "./record.js";

const folder = mkdtempSync(join(tmpdir(), "metricast-evidence-"));
const plan = planOf(process.argv.slice(2));
const left = new Set([...plan.besides, ...plan.calm]);
const running = new Map<Job, number>();
const failed: Job[] = [];
const startedAt = performance.now();

endOnSignals(() => console.log(`not run: ${[...left].map(({ name }) => name).join(" ")}`));
if (left.size === 0) throw new Error(`no suite is called ${process.argv.slice(2).join(" or ")}`);
await buildPage();
const progress = setInterval(tell, 60_000);
await workOff(plan.besides, availableParallelism() + 1);
await workOff(plan.calm, 1);
clearInterval(progress);
rmSync(folder, { recursive: true, force: true });
console.log(`took ${tookSince(startedAt)}; failed: ${failed.map(({ name }) => name).join(", ") || "none"}`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** So many at a time, in their order. */
async function workOff(jobs: readonly Job[], atOnce: number): Promise<void> {
  const queue = jobs.values();
  const worker = async () => {
    for (const job of queue) await prove(job);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function prove(job: Job): Promise<void> {
  const fromMs = performance.now();
  const file = join(folder, `${left.size}-${running.size}.json`);
  running.set(job, fromMs);
  const { code, output } = await runNode("node_modules/vitest/vitest.mjs", ["run", ...job.args], {
    collect: true,
    // Some start a vitest of their own: it knows nothing of what runs beside it.
    env: { METRICAST_EVIDENCE: file, VITEST_MAX_WORKERS: "2" },
  });
  running.delete(job);
  left.delete(job);
  if (code !== 0) {
    failed.push(job);
    console.log(output.slice(-8_000));
  }
  const seen = outcomesIn(file);
  if (seen !== undefined) keepEvidence(job.files, seen);
  console.log(`${code === 0 ? "ok" : "FAILED"}: ${job.name} (${tookSince(fromMs)}), ${left.size} left`);
}

/** Undefined where the run died: what was seen of its suites before then stays. */
function outcomesIn(file: string): readonly TestOutcome[] | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function tell(): void {
  const now = [...running].map(([{ name }, fromMs]) => `${name} for ${tookSince(fromMs)}`);
  const waiting = [...left].filter((job) => !running.has(job)).length;
  console.log(`${tookSince(startedAt)}: ${now.join(", ")}; ${waiting} to come`);
}
