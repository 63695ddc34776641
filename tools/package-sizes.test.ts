import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { packageFolders } from "./house-rules/repository.js";

// esbuild comes with the build tool.
const require = createRequire(createRequire(import.meta.url).resolve("tsup"));
const { build }: { build: (options: object) => Promise<Bundle> } = require("esbuild");

interface Bundle {
  readonly outputFiles: readonly { readonly contents: Uint8Array }[];
}

/** What a package's own code weighs at most, in bytes, minified and gzipped. Raise a limit in the change that needs it. */
const limits: Readonly<Record<string, number>> = {
  client: 10_500,
  core: 86_000,
  dashboard: 1_900,
  fastify: 1_500,
  metricast: 4_000,
  protocol: 15_500,
  sources: 16_000,
  "store-memory": 1_800,
  "store-redis": 11_500,
  "transport-sse": 4_000,
  "transport-uws": 3_000,
  "transport-ws": 4_200,
};

async function weigh(folder: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../packages/${folder}/src/index.ts`, import.meta.url))],
    bundle: true,
    packages: "external",
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "silent",
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
}

test("every package has a limit, save for the testkit, which nobody ships", () => {
  const shipped = packageFolders().filter((folder) => folder !== "testkit");
  expect(Object.keys(limits).sort()).toEqual(shipped.sort());
});

test("a limit can be passed", async () => {
  expect(await weigh("core")).toBeGreaterThan(limits.protocol ?? Number.POSITIVE_INFINITY);
});

test.each(Object.entries(limits))("%s is no heavier than %i bytes", async (folder, limit) => {
  expect(await weigh(folder)).toBeLessThanOrEqual(limit);
});
