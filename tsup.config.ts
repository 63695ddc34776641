import { existsSync, readdirSync, readFileSync } from "node:fs";
import { defineConfig, type Format, type Options } from "tsup";

interface Manifest {
  readonly exports: { readonly ".": { readonly require?: unknown } };
}

/** How every library package is built; its types come from `tools/declarations.mjs`, all in one pass. */
const library = (name: string): Options => ({
  entry: [`packages/${name}/src/index.ts`],
  outDir: `packages/${name}/dist`,
  format: formats(name),
  target: "node20",
  sourcemap: true,
  silent: true,
  // What is imported by its name is installed beside the package, not taken along.
  skipNodeModulesBundle: true,
  // The dashboard's CommonJS build finds the page's files by `import.meta.url` too.
  shims: name === "dashboard",
});

/** CommonJS where the manifest promises it: the testkit cannot be required, as vitest cannot. */
function formats(name: string): Format[] {
  const manifest: Manifest = JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));
  return manifest.exports["."].require === undefined ? ["esm"] : ["esm", "cjs"];
}

const packages = readdirSync("packages").filter((name) => existsSync(`packages/${name}/src/index.ts`));

export default defineConfig([
  ...packages.map(library),
  { ...library("metricast"), entry: { cli: "packages/metricast/src/cli/main.ts" }, format: ["esm"] },
]);
