// `npm run check`: style, types and the nearest tests of what changed since the last commit, or since the one that is
// named: `npm run check -- main`.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { endOnSignals, run, runNode, tookSince } from "./command.mjs";
import { duplicates } from "./duplicates.mjs";
import { lint } from "./lint.mjs";
import { nearestTests } from "./nearest-tests.mjs";
import { types } from "./types.mjs";
import { unused } from "./unused.mjs";
import { root } from "./workspace.mjs";

/** Tests that read files instead of importing them: no import leads from a change to them. */
const readers = [
  "tools/docs-paths.test.ts",
  "tools/reference-docs.test.ts",
  "tools/options-docs.test.ts",
  "tools/protocol-doc.test.ts",
];

/** Those that read code alone. */
const codeReaders = ["tools/house-rules.test.ts"];

/** Those that read what is no code. */
const pageReaders = [
  "tools/snippets.test.ts",
  "tools/readmes.test.ts",
  "tools/comparison-figures.test.ts",
  "tools/workflows.test.ts",
];

async function changedSince(commit) {
  const lists = [
    ["diff", "--name-only", "--diff-filter=d", commit],
    ["ls-files", "--others", "--exclude-standard"],
  ];
  const reports = await Promise.all(lists.map((args) => run("git", args, { collect: true })));
  const failed = reports.find(({ code }) => code !== 0);
  if (failed) throw new Error(failed.output);
  return reports
    .flatMap(({ output }) => output.split("\n"))
    .filter((path) => path && existsSync(join(root, path)));
}

/** Only pages changed: what looks at code alone would find what it found before. */
const isProse = (paths) => paths.length > 0 && paths.every((path) => path.endsWith(".md"));

async function check(name, work) {
  const startedAt = performance.now();
  const { code, output } = await work;
  console.log(`${name}: ${code === 0 ? "ok" : "FAILED"} (${tookSince(startedAt)})`);
  if (code !== 0) console.log(output.trimEnd());
  return code;
}

/** With what else is checked meanwhile, this is under a minute on two cores. */
const workMs = 40_000;

async function tests(paths) {
  const { chosen, others } = await nearestTests(paths, workMs);
  const isPage = (path) => /\.(?:md|json|ya?ml)$/.test(path) || path.startsWith("tools/snippets/");
  console.log(`tests that import what changed: ${chosen.length}, and ${others} that are left to npm test`);
  const files = new Set([
    ...chosen,
    ...readers,
    ...(isProse(paths) ? [] : codeReaders),
    ...(paths.some(isPage) ? pageReaders : []),
  ]);
  return runNode("node_modules/vitest/vitest.mjs", ["run", ...files], { collect: true });
}

endOnSignals();
const changed = await changedSince(process.argv[2] ?? "HEAD");
console.log(`${changed.length} files changed`);
const ofCode = () => [
  check("lint", lint(changed.length > 0 ? changed : ["package.json"])),
  check("types", types()),
  check("unused", unused()),
  check("duplicates", duplicates()),
];
const codes = await Promise.all([...(isProse(changed) ? [] : ofCode()), check("tests", tests(changed))]);
process.exitCode = Math.max(...codes);
