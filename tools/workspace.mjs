// Where things are, and which versions the repository asks for.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** The package manager with its exact version, as `npx` takes it: `pnpm@1.2.3`. */
export const packageManager = manifest.packageManager;

/** The compiler that checks types and writes declarations: the native one, for its speed. */
export const compiler = "node_modules/@typescript/native/bin/tsc";

/** The packages that are published: `{ folder, manifest }`. */
export function libraries() {
  return readdirSync(join(root, "packages"))
    .filter((folder) => existsSync(join(root, "packages", folder, "src", "index.ts")))
    .map((folder) => {
      const text = readFileSync(join(root, "packages", folder, "package.json"), "utf8");
      return { folder, manifest: JSON.parse(text) };
    });
}

/** Whether a package can be required too. The testkit cannot, as vitest cannot. */
export const isDual = (manifest) => manifest.exports["."].require !== undefined;

/** Ends the run with one line where Node is older than `engines` allows. */
export function requireNode() {
  const wanted = manifest.engines.node.replace(">=", "").split(".").map(Number);
  const found = process.versions.node.split(".").map(Number);
  const older = found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < (wanted[1] ?? 0));
  if (!older) return;
  console.error(`metricast needs Node ${manifest.engines.node}, this is ${process.versions.node}`);
  process.exit(1);
}
