import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { packageManifests } from "./house-rules/repository.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const readmes = packageManifests().map(({ name, folder, readme = "" }) => ({ name, folder, readme }));

const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(`${root}/packages/${folder}/package.json`, "utf8"));

const screen = 45;

test("every peer's range is on the page of versions", () => {
  const page = readFileSync(`${root}/docs/reference/versions.md`, "utf8");
  const peers = readmes.flatMap(({ folder }) =>
    Object.entries<string>(manifestOf(folder).peerDependencies ?? {}),
  );
  expect(peers.length).toBeGreaterThan(6);
  for (const [peer, range] of peers) expect(page).toContain(`| \`${peer}\` | \`${range}\``);
});

test.each(readmes)(
  "$name's README is one screen: what it is, install, an example, where to read on",
  ({ name, folder, readme }) => {
    const manifest = manifestOf(folder);
    expect(readme.split("\n").length).toBeLessThanOrEqual(screen);
    expect(readme).toMatch(new RegExp(`^# ${name}\n\n\\S`));
    expect(readme).toMatch(new RegExp(`npm i(?:nstall)? .*${name}\\b`));
    expect(readme).toMatch(/^```(?:js|ts)\b/m);
    expect(readme).toMatch(/\]\(\.\.\/\.\.\/docs\//);
    expect(readme).toMatch(/MIT\.\n$/);
    expect(manifest).toMatchObject({
      license: "MIT",
      sideEffects: false,
      engines: { node: ">=20.19" },
      publishConfig: { access: "public" },
    });
    expect(manifest.keywords.length).toBeGreaterThan(2);
    expect(manifest.description).toMatch(/\.$/);
  },
);
