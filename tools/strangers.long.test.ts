import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RedisServer } from "@metricast/testkit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { buildPackages } from "./build.mjs";
import { run } from "./command.mjs";
import { checkInstalled, pack } from "./packaging.mjs";
import { runProgram } from "./stranger.mjs";

// npm, with the newest compiler, is part of `npm test`.
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "metricast-strangers-"));
interface Packed {
  readonly manifest: { readonly name: string; readonly peerDependencies?: Readonly<Record<string, string>> };
  readonly tarball: string;
}

let packages: Packed[];

beforeAll(async () => {
  expect(await buildPackages()).toMatchObject({ code: 0 });
  const packed = await pack(folder);
  expect(packed.code, packed.output).toBe(0);
  packages = packed.packages;
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }), 300_000);

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

interface End {
  /** Of `strangers/`. */
  readonly file: string;
  readonly beside: Readonly<Record<string, string>>;
  readonly by?: readonly string[];
  readonly args?: readonly string[];
}

const vitest = ["node_modules/vitest/vitest.mjs", "run"];

// The oldest that peer ranges and pages promise, and the newest that they allow.
const ends: readonly End[] = [
  { file: "express.mjs", beside: { express: "4.0.0", ws: "8.18.0" } },
  { file: "express.mjs", beside: { express: "5", ws: "^8.18.0" } },
  { file: "fastify.mjs", beside: { fastify: "5.0.0" } },
  { file: "fastify.mjs", beside: { fastify: "^5.0.0" } },
  { file: "redis.mjs", beside: { ioredis: "5.9.0" } },
  { file: "redis.mjs", beside: { ioredis: ">=5.9 <7" } },
  { file: "prom-client.mjs", args: ["prom-client"], beside: { "prom-client": "15.0.0" } },
  { file: "prom-client.mjs", args: ["prom-client"], beside: { "prom-client": ">=15" } },
  {
    file: "prom-client.mjs",
    args: ["@prometheus-io/client"],
    beside: { "@prometheus-io/client": "0.16.0" },
  },
  {
    file: "prom-client.mjs",
    args: ["@prometheus-io/client"],
    beside: { "@prometheus-io/client": ">=0.16" },
  },
  { file: "contracts.test.mjs", by: vitest, beside: { vitest: "4.0.1", "fast-check": "4.0.0" } },
  { file: "contracts.test.mjs", by: vitest, beside: { vitest: ">=4.0.1", "fast-check": ">=4" } },
];

test("every peer's range has both of its ends here", () => {
  const promised = packages.flatMap(({ manifest }) => Object.entries(manifest.peerDependencies ?? {}));
  // Comes from its own repository, one build for each Node: *.uws.test.ts.
  const wanted = promised.filter(([peer]) => peer !== "uWebSockets.js");
  expect(wanted.length).toBeGreaterThan(6);
  for (const [peer, range] of wanted) {
    const versions = ends.flatMap(({ beside }) => beside[peer] ?? []);
    const lowest = range.replace(/^\D+/, "").split(" ")[0];
    expect([versions.at(-1), versions[0]?.startsWith(`${lowest}`)], peer).toEqual([range, true]);
  }
});

test.each(ends)("$file works beside $beside", async ({ file, beside, ...how }) => {
  const at = join(folder, `end-${ends.findIndex((end) => end.beside === beside)}`);
  const redis = await RedisServer.start();
  onTestFinished(async () => {
    await redis.stop();
    await rm(at, { recursive: true, force: true });
  });
  expect(await checkInstalled(at, { packages, beside })).toEqual({ code: 0, output: "" });
  const env = { NODE_ENV: "development", REDIS_URL: `redis://127.0.0.1:${redis.port}` };
  const { code, output } = await runProgram(at, file, { ...how, env });
  expect(code, output).toBe(0);
});
