// Checks types: `npm run typecheck`.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runNode } from "./command.mjs";
import { compiler, root } from "./workspace.mjs";

/** What runs in Node, what runs in a browser, and the tests that see both. */
const projects = ["tsconfig.json", "packages/dashboard/page", "packages/dashboard/browser"];

/** Resolves to `{ code, output }`, as all checks do. */
export async function types() {
  const reports = await Promise.all(projects.map(typesOf));
  return {
    code: Math.max(...reports.map(({ code }) => code)),
    output: reports.map(({ output }) => output).join(""),
  };
}

/** What was found last time is kept, so that the next time looks only at what changed since. */
function typesOf(project) {
  const kept = join(root, "node_modules", ".cache", "types", `${project.replaceAll("/", "-")}.tsbuildinfo`);
  return runNode(compiler, ["-p", project, "--incremental", "--tsBuildInfoFile", kept], { collect: true });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { code, output } = await types();
  console.log(code === 0 ? "types: ok" : output.trimEnd());
  process.exitCode = code;
}
