// Installs what the lock file names, once: a stamp in node_modules tells that it is done.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, tookSince } from "./command.mjs";
import { packageManager, root } from "./workspace.mjs";

const stamp = join(root, "node_modules", ".metricast-lock");

function wantedStamp() {
  const hash = createHash("sha256");
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml"]) hash.update(readFileSync(join(root, file)));
  return `${hash.digest("hex")} ${process.platform}-${process.arch}\n`;
}

/** Resolves to true when node_modules matches the lock file. */
export async function installDependencies() {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wantedStamp()) {
    console.log("dependencies: up to date");
    return true;
  }
  console.log(`dependencies: installing with ${packageManager} (about a minute the first time)`);
  const startedAt = performance.now();
  const { code } = await run("npx", ["-y", packageManager, "install", "--frozen-lockfile"], {
    // npx and pnpm ask nothing and start nothing but the install
    env: { npm_config_yes: "true", npm_config_update_notifier: "false" },
  });
  if (code !== 0) {
    console.error(
      `dependencies: install failed; by hand: npx -y ${packageManager} install --frozen-lockfile`,
    );
    return false;
  }
  writeFileSync(stamp, wantedStamp());
  console.log(`dependencies: installed in ${tookSince(startedAt)}`);
  return true;
}
