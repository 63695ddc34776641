// Builds every package, lower floors first.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.mjs";
import { packageManager, root } from "./workspace.mjs";

/** Resolves to `{ code, output }`; the output is kept for whoever wants to show it. `onBuilt` is told each package. */
export function buildPackages({ onBuilt = () => {} } = {}) {
  return run("npx", ["-y", packageManager, "-r", "--filter", "./packages/*", "run", "build"], {
    collect: true,
    onText: (text) => {
      for (const [, name] of text.matchAll(/^packages\/(\S+) build: Done$/gm)) onBuilt(name);
    },
  });
}

/** True when every package's build is newer than its sources and settings. */
export function buildIsFresh() {
  const base = join(root, "packages");
  return readdirSync(base).every((name) => {
    const folder = join(base, name);
    const built = join(folder, "dist", existsSync(join(folder, "page")) ? "page/index.html" : "index.js");
    return existsSync(built) && statSync(built).mtimeMs > newestSource(folder);
  });
}

function newestSource(folder) {
  const shared = ["tsup.base.ts", "tsconfig.base.json"].map((file) => join(root, file));
  const settings = ["package.json", "tsup.config.ts", "vite.config.ts"]
    .map((file) => join(folder, file))
    .filter((path) => existsSync(path));
  const sources = ["src", "page"]
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path, { recursive: true }).map((file) => join(path, file)))
    .filter((file) => !file.endsWith(".test.ts"));
  return Math.max(...[...shared, ...settings, ...sources].map((file) => statSync(file).mtimeMs));
}
