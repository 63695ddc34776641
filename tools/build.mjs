// Builds every package: code by tsup, types by tsc, the dashboard's page by vite, side by side.
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runNode } from "./command.mjs";
import { takeDeclarations, writeDeclarations } from "./declarations.mjs";
import { isDual, libraries, root } from "./workspace.mjs";

const base = join(root, "packages");

/** Resolves to `{ code, output }`; the output is kept for whoever wants to show it. */
export async function buildPackages() {
  for (const { folder } of libraries()) clean(folder);
  const reports = await Promise.all([
    runNode("node_modules/tsup/dist/cli-default.js", [], { collect: true }),
    buildPage(),
    writeDeclarations(),
  ]);
  const bad = reports.filter(({ code }) => code !== 0);
  if (bad.length > 0) return { code: 1, output: bad.map(({ output }) => output).join("\n") };
  for (const { folder, manifest } of libraries()) takeDeclarations(folder, { dual: isDual(manifest) });
  return { code: 0, output: "" };
}

/** As it is served, whoever asks: under a test runner's NODE_ENV it would be larger. */
export function buildPage() {
  return runNode("../../node_modules/vite/bin/vite.js", ["build", "--logLevel", "error"], {
    cwd: join(base, "dashboard"),
    collect: true,
    env: { NODE_ENV: "production" },
  });
}

/** The page stays: tests in a browser load it meanwhile, and vite empties its folder by itself. */
function clean(folder) {
  const dist = join(base, folder, "dist");
  const stale = existsSync(dist) ? readdirSync(dist).filter((name) => name !== "page") : [];
  for (const name of stale) rmSync(join(dist, name), { recursive: true });
}

/** True when every package's build is newer than its sources and settings. */
export function buildIsFresh() {
  return libraries().every(({ folder }) => {
    const built = ["index.js", "index.d.ts", ...(folder === "dashboard" ? ["page/index.html"] : [])].map(
      (file) => join(base, folder, "dist", file),
    );
    const newest = newestSource(join(base, folder));
    return built.every((file) => existsSync(file) && statSync(file).mtimeMs > newest);
  });
}

function newestSource(folder) {
  const shared = ["tsup.config.ts", "tsconfig.base.json", "tsconfig.declarations.json"];
  const settings = ["package.json", "vite.config.ts"].map((file) => join(folder, file));
  const sources = ["src", "page"]
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path, { recursive: true }).map((file) => join(path, file)))
    .filter((file) => !file.endsWith(".test.ts"));
  const files = [...shared.map((file) => join(root, file)), ...settings, ...sources];
  return Math.max(...files.filter((file) => existsSync(file)).map((file) => statSync(file).mtimeMs));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { code, output } = await buildPackages();
  console.log(code === 0 ? "build: done" : output);
  process.exitCode = code;
}
