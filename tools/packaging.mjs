// Checks what would be published: packs every package and looks into the tarballs.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { run, runNode } from "./command.mjs";
import { isDual, packageManager, root } from "./workspace.mjs";

/** Resolves to `{ code, output }`; code 0 when every tarball is sound. */
export async function checkPackaging() {
  const folder = mkdtempSync(join(tmpdir(), "metricast-pack-"));
  try {
    const packed = await run(
      "npx",
      ["-y", packageManager, "-r", "--filter", "./packages/*", "pack", "--pack-destination", folder],
      { collect: true },
    );
    if (packed.code !== 0) return packed;
    const tarballs = readdirSync(folder).map((name) => join(folder, name));
    const reports = [];
    for (const tarball of tarballs) reports.push(await checkTarball(tarball, join(folder, "node_modules")));
    for (const name of installed(join(folder, "node_modules"))) reports.push(await load(name, folder));
    const bad = reports.filter(({ code }) => code !== 0);
    return { code: bad.length === 0 ? 0 : 1, output: bad.map(({ output }) => output).join("\n") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function checkTarball(tarball, modules) {
  const { unpacked, dual } = await unpack(tarball, modules);
  const [publint, attw] = await Promise.all([
    runNode("node_modules/publint/src/cli.js", ["run", tarball, "--strict"], { collect: true }),
    runNode(
      "node_modules/@arethetypeswrong/cli/dist/index.js",
      [tarball, "--profile", dual ? "node16" : "esm-only", "--format", "ascii"],
      { collect: true },
    ),
  ]);
  const reports = [unpacked, publint, attw];
  const output = reports.filter(({ code }) => code !== 0).map((report) => report.output);
  return { code: output.length === 0 ? 0 : 1, output: output.join("\n") };
}

/** Puts the tarball where `require` and `import` from the temporary folder find it, beside its dependencies. */
async function unpack(tarball, modules) {
  const listed = await run("tar", ["-xzOf", tarball, "package/package.json"], { collect: true });
  const manifest = JSON.parse(listed.output);
  const target = join(modules, manifest.name);
  mkdirSync(target, { recursive: true });
  const extracted = await run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"], {
    collect: true,
  });
  for (const name of Object.keys(manifest.dependencies ?? {})) linkForeign(name, modules);
  const unpacked = extracted.code === 0 ? holdsWhatPeopleRead(manifest.name, target) : extracted;
  return { unpacked, dual: isDual(manifest) };
}

function holdsWhatPeopleRead(name, folder) {
  const lacking = ["README.md", "LICENSE", "dist"].filter((file) => !readdirSync(folder).includes(file));
  return { code: lacking.length, output: `${name} is packed without ${lacking.join(", ")}` };
}

function linkForeign(name, modules) {
  if (name === "metricast" || name.startsWith("@metricast/")) return;
  const link = join(modules, name);
  mkdirSync(dirname(link), { recursive: true });
  try {
    symlinkSync(join(root, "node_modules", name), link, "dir");
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
}

function installed(modules) {
  const scope = join(modules, "@metricast");
  return ["metricast", ...readdirSync(scope).map((name) => `@metricast/${name}`)];
}

/** A package that cannot be loaded from its tarball, in each way it offers, is not one. */
async function load(name, folder) {
  const modules = join(folder, "node_modules");
  const manifest = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
  // Whoever has a package has its peers, save for optional ones, without which it must load; the testkit is for those who have all.
  for (const peer of Object.keys(manifest.peerDependencies ?? {})) {
    const isOptional = manifest.peerDependenciesMeta?.[peer]?.optional === true;
    if (!isOptional || name === "@metricast/testkit") linkForeign(peer, modules);
  }
  const quoted = JSON.stringify(name);
  // The dashboard has files beside its code: its handler finds them, or throws.
  const use = name === "@metricast/dashboard" ? "(loaded) => loaded.dashboardHandler()" : "() => {}";
  const required = isDual(manifest) ? `(${use})(require(${quoted}));` : "";
  const script = `${required} import(${quoted}).then(${use}).catch((error) => { console.error(error); process.exit(1); })`;
  const { code, output } = await run(process.execPath, ["-e", script], { cwd: folder, collect: true });
  return { code, output: `${name} does not load from its tarball:\n${output}` };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { code, output } = await checkPackaging();
  console.log(code === 0 ? "packages: sound" : output);
  process.exitCode = code;
}
