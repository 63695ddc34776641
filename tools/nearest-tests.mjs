// Which tests a change reaches through imports, the nearest first, as many as fit into a time.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { run } from "./command.mjs";
import { root } from "./workspace.mjs";

/** What loading a test's imports takes, which vitest does not count as its time. */
const loadingMs = 500;
/** Of a test that never ran here. */
const unknownMs = 1_000;

/** Resolves to `{ chosen, others }`: tests within `budgetMs` of work, and how many more a change of these files reaches. */
export async function nearestTests(changed, budgetMs) {
  const listed = await run("git", ["ls-files", "-co", "--exclude-standard", "--", "*.ts", "*.tsx", "*.mjs"], {
    collect: true,
  });
  const paths = listed.output.split("\n").filter((path) => path && existsSync(join(root, path)));
  const files = new Map(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
  return withinBudget(testsByDistance(files, changed), timesOf(lastTimes()), budgetMs);
}

/** Tests that import what changed, through however many files, by how many those are. `files`: texts by path. */
export function testsByDistance(files, changed) {
  const importers = importersIn(files);
  const reached = new Set(changed.filter((path) => files.has(path)));
  // A set is walked in the order in which it grows.
  for (const path of reached) for (const importer of importers.get(path) ?? []) reached.add(importer);
  return [...reached].filter((path) => /(?<!\.(?:alone|long))\.test\.ts$/.test(path));
}

export function withinBudget(tests, timeOf, budgetMs) {
  let leftMs = budgetMs;
  const chosen = tests.filter((test) => {
    const ms = timeOf(test) + loadingMs;
    if (ms > leftMs) return false;
    leftMs -= ms;
    return true;
  });
  return { chosen, others: tests.length - chosen.length };
}

function importersIn(files) {
  const importers = new Map();
  for (const [path, text] of files) {
    for (const [, specifier] of text.matchAll(/(?:from|import\(?)\s*"([^"]+)"/g)) {
      const target = targetOf(path, specifier);
      for (const candidate of [target, target?.replace(/\.js(x?)$/, ".ts$1")]) {
        if (!files.has(candidate)) continue;
        importers.set(candidate, (importers.get(candidate) ?? new Set()).add(path));
      }
    }
  }
  return importers;
}

function targetOf(from, specifier) {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from), specifier);
  const [, folder] = /^(?:@metricast\/)?([\w-]+)$/.exec(specifier) ?? [];
  return folder && `packages/${folder}/src/index.ts`;
}

/** What vitest remembers of earlier runs. */
function lastTimes() {
  const folder = join(root, "node_modules", ".vite", "vitest");
  const runs = existsSync(folder) ? readdirSync(folder) : [];
  const files = runs.map((name) => join(folder, name, "results.json")).filter((file) => existsSync(file));
  return files.flatMap((file) => JSON.parse(readFileSync(file, "utf8")).results);
}

/** Keys are `project:path`. Those without a project are of runs of another kind. */
function timesOf(results) {
  const times = new Map();
  for (const [key, { duration }] of results) {
    const [project, path] = key.split(":");
    if (project !== "" || !times.has(path)) times.set(path, duration);
  }
  return (path) => times.get(path) ?? unknownMs;
}
