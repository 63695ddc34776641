import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPackages } from "./build.mjs";
import { run } from "./command.mjs";
import { checkInstalled, pack } from "./packaging.mjs";

// npm, with the newest compiler, is part of `npm test`.
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "metricast-strangers-"));
interface Packed {
  readonly manifest: { readonly name: string };
  readonly tarball: string;
}

let packages: Packed[];

beforeAll(async () => {
  expect(await buildPackages()).toMatchObject({ code: 0 });
  const packed = await pack(folder);
  expect(packed.code, packed.output).toBe(0);
  packages = packed.packages;
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["pnpm", "yarn"] as const)("%s installs what loads and compiles", async (manager) => {
  const report = await checkInstalled(join(folder, manager), { packages, manager });
  expect(report).toEqual({ code: 0, output: "" });
});

test("TypeScript 5.9 and 6 compile against the packages", async () => {
  const older = join(root, "node_modules/typescript/bin/tsc");
  const args = [
    "install",
    "--prefix",
    join(folder, "typescript-6"),
    "--no-audit",
    "--no-fund",
    "typescript@6.0.3",
  ];
  const fetched = await run("npm", args, { collect: true });
  expect(fetched.code, fetched.output).toBe(0);
  const newer = join(folder, "typescript-6/node_modules/typescript/bin/tsc");
  const report = await checkInstalled(join(folder, "compilers"), { packages, compilers: [older, newer] });
  expect(report).toEqual({ code: 0, output: "" });
});

// The ends of what `peerDependencies` promise; the newest ones are what everything else is tested with.
test.each([
  ["@metricast/fastify", "fastify", "5.0.0"],
  ["@metricast/store-redis", "ioredis", "5.9.0"],
  ["@metricast/sources", "prom-client", "15.0.0"],
])("%s loads and compiles beside %s %s", async (name, peer, version) => {
  const chosen = packages.map((one) =>
    one.manifest.name === name
      ? {
          ...one,
          manifest: { ...one.manifest, peerDependencies: { [peer]: version }, peerDependenciesMeta: {} },
        }
      : one,
  );
  const report = await checkInstalled(join(folder, `${peer}-${version}`), { packages: chosen });
  expect(report).toEqual({ code: 0, output: "" });
});
