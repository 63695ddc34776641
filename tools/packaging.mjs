// Checks what would be published: packs every package, looks into the tarballs, and installs them into an empty project.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { run, runNode } from "./command.mjs";
import { compile, install, load } from "./stranger.mjs";
import { isDual, libraries, packageManager } from "./workspace.mjs";

/** Resolves to `{ code, output }`; code 0 when every tarball is sound. */
export async function checkPackaging() {
  const folder = mkdtempSync(join(tmpdir(), "metricast-pack-"));
  try {
    const packed = await pack(folder);
    if (packed.code !== 0) return packed;
    const [tarballs, installed] = await Promise.all([
      inTurn(packed.packages, checkTarball),
      checkInstalled(join(folder, "npm"), { packages: packed.packages }),
    ]);
    return all([...tarballs, installed]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Packs every package into `folder`: `{ code, output, packages }` with a `{ manifest, tarball }` for each. */
export async function pack(folder) {
  const packed = await run(
    "npx",
    ["-y", packageManager, "-r", "--filter", "./packages/*", "pack", "--pack-destination", folder],
    { collect: true },
  );
  const packages = libraries().map(({ manifest }) => {
    const file = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`;
    return { manifest, tarball: join(folder, file) };
  });
  return { ...packed, packages };
}

/**
 * Installs the packages into `folder`, loads them and compiles against them. The testkit wants vitest, which is not installed.
 * @param {string} folder
 * @param {{
 *   packages: any[],
 *   manager?: "npm" | "pnpm" | "yarn",
 *   beside?: Record<string, string>,
 *   compilers?: (string | undefined)[],
 * }} what
 */
export async function checkInstalled(folder, { compilers = [undefined], ...what }) {
  const installed = await install({ folder, ...what });
  if (installed.code !== 0) return installed;
  const usable = what.packages
    .map(({ manifest }) => ({ name: manifest.name, dual: isDual(manifest) }))
    .filter(({ name }) => name !== "@metricast/testkit");
  const loaded = await inTurn(usable, (one) => load(folder, one));
  const compiled = await inTurn(compilers, (tsc) => compile(folder, usable, tsc));
  return all([...loaded, ...compiled]);
}

async function checkTarball({ manifest, tarball }) {
  const attw = "node_modules/@arethetypeswrong/cli/dist/index.js";
  const profile = isDual(manifest) ? "node16" : "esm-only";
  return all([
    await holdsWhatPeopleRead(tarball),
    await runNode("node_modules/publint/src/cli.js", ["run", tarball, "--strict"], { collect: true }),
    await runNode(attw, [tarball, "--profile", profile, "--format", "ascii"], { collect: true }),
  ]);
}

async function holdsWhatPeopleRead(tarball) {
  const { code, output } = await run("tar", ["-tzf", tarball], { collect: true });
  if (code !== 0) return { code, output };
  const files = output.split("\n");
  const lacking = ["README.md", "LICENSE", "dist/index.js"].filter(
    (file) => !files.includes(`package/${file}`),
  );
  return { code: lacking.length, output: `${basename(tarball)} lacks ${lacking.join(", ")}` };
}

async function inTurn(list, work) {
  const reports = [];
  for (const one of list) reports.push(await work(one));
  return reports;
}

function all(reports) {
  const bad = reports.filter(({ code }) => code !== 0);
  return { code: bad.length === 0 ? 0 : 1, output: bad.map(({ output }) => output).join("\n") };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { code, output } = await checkPackaging();
  console.log(code === 0 ? "packages: sound" : output);
  process.exitCode = code;
}
