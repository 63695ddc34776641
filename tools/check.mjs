// `npm run check`: style, types and tests of what changed since the last commit, or since the one that is named:
// `npm run check -- main`.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { endOnSignals, run, runNode, tookSince } from "./command.mjs";
import { lint } from "./lint.mjs";
import { types } from "./types.mjs";
import { root } from "./workspace.mjs";

/** Tests that read files instead of importing them: no import leads from a change to them. */
const readers = [
  "tools/house-rules.test.ts",
  "tools/docs-paths.test.ts",
  "tools/reference-docs.test.ts",
  "tools/protocol-doc.test.ts",
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

async function check(name, work) {
  const startedAt = performance.now();
  const { code, output } = await work;
  console.log(`${name}: ${code === 0 ? "ok" : "FAILED"} (${tookSince(startedAt)})`);
  if (code !== 0) console.log(output.trimEnd());
  return code;
}

const tests = (paths) => {
  const related = [
    "related",
    "--run",
    "--passWithNoTests",
    ...paths.filter((path) => /\.(?:tsx?|mjs)$/.test(path)),
  ];
  return runNode("node_modules/vitest/vitest.mjs", [...related, ...readers], { collect: true });
};

endOnSignals();
const changed = await changedSince(process.argv[2] ?? "HEAD");
console.log(`${changed.length} files changed`);
const codes = await Promise.all([
  check("lint", lint(changed.length > 0 ? changed : ["package.json"])),
  check("types", types()),
  check("tests", tests(changed)),
]);
process.exitCode = Math.max(...codes);
