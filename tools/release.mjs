// `npm run release`, in CI only: builds, checks and publishes what is not on npm yet, with provenance.
// `npm run release -- --dry-run`, anywhere: the same up to the registry's door.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildPackages } from "./build.mjs";
import { run } from "./command.mjs";
import { checkPackaging } from "./packaging.mjs";
import { libraries, packageManager, root } from "./workspace.mjs";

const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;

/** npm refuses a provenance whose repository is not the manifest's: a fork that publishes names itself. */
function nameRepository({ folder }) {
  const path = join(root, "packages", folder, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  manifest.repository = {
    type: "git",
    url: `git+${server}/${repository}.git`,
    directory: `packages/${folder}`,
  };
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

// pnpm puts publishConfig and the versions of the workspace into the manifests; npm would not.
const publish = (...how) =>
  run("npx", ["-y", packageManager, "-r", "--filter", "./packages/*", "publish", "--no-git-checks", ...how]);

function stepsOfRelease() {
  for (const library of libraries()) nameRepository(library);
  return [buildPackages, checkPackaging, () => publish(), () => run("npx", ["changeset", "tag"])];
}

const stepsOfRehearsal = () => [
  buildPackages,
  checkPackaging,
  () => publish("--dry-run"),
  () => run("npx", ["changeset", "status"]),
];

async function follow(steps) {
  for (const step of steps) {
    const { code, output } = await step();
    if (code !== 0) {
      console.error(output);
      return code;
    }
  }
  return 0;
}

if (process.argv.includes("--dry-run")) process.exitCode = await follow(stepsOfRehearsal());
else if (server && repository) process.exitCode = await follow(stepsOfRelease());
else {
  console.error("a release is made by CI: .github/workflows/release.yml");
  process.exitCode = 1;
}
